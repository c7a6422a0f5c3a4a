import { type TInteger, type TString, type TUnion, Type } from "typebox";

const units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const form = /^(\d{1,9}(?:\.\d{1,3})?)(B|KiB|MiB|GiB)$/;

/** A size people can read ("512KiB", "64MiB"), or a whole number of bytes; `bytes()` makes a number of it. `minimum` and `maximum` are in bytes. */
export function size(options: {
  default: string;
  description: string;
  minimum: number;
  maximum: number;
}): TUnion<[TInteger, TString]> {
  return Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: form.source })], {
    ...options,
    unit: "size",
    form: "a size such as 65536, 512KiB or 64MiB",
  });
}

/** A size in bytes. The schema has seen to its form; anything else is 0. */
export function bytes(value: number | string): number {
  if (typeof value === "number") return value;
  const [, count, unit] = form.exec(value) ?? [];
  return count === undefined ? 0 : Math.floor(Number(count) * units[unit as keyof typeof units]);
}
