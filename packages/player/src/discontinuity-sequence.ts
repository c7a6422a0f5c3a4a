/** Few enough to go through one by one, and more than a viewer sees of one stream. */
const limit = 10_000;

/**
 * Makes the discontinuity sequence of an HLS playlist small (RFC 8216, 4.3.3.3). hls.js 1.7 has an array with that number for its length and goes through all of it, so that a number
 * made from the time of day, which the standard allows, stops the page for good.
 */
export function smallDiscontinuities(playlist: string): string {
  return playlist.replace(
    /^(#EXT-X-DISCONTINUITY-SEQUENCE:)(\d+)/m,
    (_, tag: string, number: string) => tag + String(BigInt(number) % BigInt(limit)),
  );
}
