import { type TInteger, type TString, type TUnion, Type } from "typebox";

const unitBytes: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const form = /^(\d{1,12}(?:\.\d{1,3})?)(KiB|MiB|GiB)$/;

/** What a size in the configuration may be; the limits are in bytes. */
export type SizeOptions = {
  readonly default: string;
  readonly description: string;
  readonly minimum: number;
  readonly maximum: number;
};

/** The schema of a size: a whole number of bytes, or text such as "512KiB", "64MiB" or "1GiB". */
export function size(options: SizeOptions): TUnion<[TInteger, TString]> {
  const { minimum, maximum } = options;
  return Type.Union([Type.Integer({ minimum, maximum }), Type.String({ pattern: form.source })], {
    ...options,
    unit: "size",
  });
}

/** A size of the configuration in bytes; NaN for text that is none. */
export function bytes(value: number | string): number {
  if (typeof value === "number") return value;
  const [, count, unit] = form.exec(value) ?? [];
  return Math.floor(Number(count) * (unitBytes[unit ?? ""] ?? Number.NaN));
}
