/** Seconds as people write them: 1:05, or 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** A rate in the unit that keeps it short. */
export function bitrate(kilobits: number): string {
  return kilobits < 1_000 ? `${Math.round(kilobits)} kbit/s` : `${(kilobits / 1_000).toFixed(1)} Mbit/s`;
}

/** What a quality is called: its height, else its rate. Two of one height are told apart by their rates. */
export function qualityLabel(height: number | undefined, bitsPerSecond: number, isOnlyOne: boolean): string {
  const rate = bitrate(bitsPerSecond / 1_000);
  if (!height) return rate;
  return isOnlyOne ? `${height}p` : `${height}p, ${rate}`;
}
