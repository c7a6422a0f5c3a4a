/** Milliseconds that only go forward, whatever happens to the wall clock. */
export function now(): number {
  return performance.now();
}
