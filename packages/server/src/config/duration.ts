import { type TString, Type } from "typebox";

/** Longer than this a timer cannot wait (2³¹ milliseconds are 24.8 days), and nobody means it. */
const longest = "24h";
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const form = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/;

/** What a duration in the configuration may be; the limits are durations themselves and are part of what is allowed. */
export type DurationOptions = {
  readonly default: string;
  readonly description: string;
  readonly shortest?: string;
  readonly longest?: string;
  readonly restart?: boolean;
};

/** The schema of a duration that people can read: "200ms", "6s", "2m" or "1h". Between 0 and 24 hours unless the options say otherwise. */
export function duration(options: DurationOptions): TString {
  return Type.String({ shortest: "0s", longest, ...options, unit: "duration", pattern: form.source });
}

/** A duration of the configuration in milliseconds; NaN for text that is none. */
export function milliseconds(text: string): number {
  const [, count, unit] = form.exec(text) ?? [];
  return Number(count) * (unitMs[unit ?? ""] ?? Number.NaN);
}
