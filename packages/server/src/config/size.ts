import { type TString, Type } from "typebox";

const units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const form = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/;

/** A size people can read ("512KiB", "64MiB"); `bytes()` makes a number of it. */
export function size(options: { default: string; description: string }): TString {
  return Type.String({
    ...options,
    pattern: "^\\d{1,6}(\\.\\d{1,3})?(B|KiB|MiB|GiB)$",
    format: "a size such as 512KiB or 64MiB",
  });
}

/** A size in bytes. The schema has seen to its form; anything else is 0. */
export function bytes(text: string): number {
  const [, count, unit] = form.exec(text) ?? [];
  return count === undefined ? 0 : Math.floor(Number(count) * units[unit as keyof typeof units]);
}
