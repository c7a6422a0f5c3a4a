import { type TString, Type } from "typebox";

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const form = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/;
/** No timer is set beyond this: the platform's timers fire at once when they are given more than 2³¹ milliseconds. */
const longest = "24h";
const longestMs = 24 * units.h;

/** A duration people can read ("200ms", "6s", "2m"); `milliseconds()` makes a number of it. It may be 0 to 24 hours unless `shortest` and `longest` say otherwise. */
export function duration(options: {
  default: string;
  description: string;
  shortest?: string;
  longest?: string;
}): TString {
  return Type.String({
    shortest: "0s",
    longest,
    ...options,
    unit: "duration",
    pattern: form.source,
    form: "a duration such as 200ms, 6s or 2m",
  });
}

/** A duration in milliseconds, at most a day. The schema has seen to its form; anything else is 0. */
export function milliseconds(text: string): number {
  const [, count, unit] = form.exec(text) ?? [];
  return count === undefined ? 0 : Math.min(Number(count) * units[unit as keyof typeof units], longestMs);
}
