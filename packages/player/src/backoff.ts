/** Seconds until the next try, growing while nothing comes. */
const waits = [0.5, 1, 1, 2, 3, 5] as const;
/** The same for a page that nobody looks at. */
const hiddenWait = 15;

/** How long to wait after so many tries in vain. Each wait is drawn out or cut short a little, so that an audience does not come back as one; `chance` is from 0 to 1. */
export function waitMs(tries: number, isHidden: boolean, chance: number): number {
  const seconds = isHidden ? hiddenWait : (waits[Math.min(tries, waits.length - 1)] ?? hiddenWait);
  return Math.round(seconds * (0.8 + 0.4 * chance) * 1_000);
}
