/** Parts are at least so much of the target (RFC 8216bis, 4.4.4.9), stamps that are rounded to milliseconds considered: what is left is for frames that come late. */
const leastShare = 0.85;
const jitterSeconds = 0.002;
/** How long frames last, in seconds, at the usual rates; and how far a stamp in milliseconds may be off. */
const usualFrames = [1 / 60, 1 / 50, 1 / 30, 1 / 25, 1 / 24, 1 / 15];
const stampSeconds = 0.001;
const longestSeconds = 1;

/** What is announced as the longest part where parts are as long as this. */
export function partTarget(seconds: number): number {
  return Math.floor(((seconds - jitterSeconds) / leastShare) * 1000) / 1000;
}

/** How long a part is that has a whole number of frames, and is near to what is wanted. `measured`: how long one frame is. */
export function wholeFrames(wanted: number, measured: number): number {
  const frame = usualFrames.find((each) => Math.abs(each - measured) <= stampSeconds) ?? measured;
  return Math.min(Math.max(1, Math.round(wanted / frame)) * frame, longestSeconds);
}
