import { type TSchema, Type } from "typebox";

/** A part of the configuration with keys of its own; left out, it has its defaults. */
export function section<T extends Record<string, TSchema>>(properties: T, description: string) {
  return Type.Object(properties, { additionalProperties: false, default: {}, description });
}

/** One of some words. */
export function choice<T extends string>(values: readonly T[], options: { default: T; description: string }) {
  return Type.Enum([...values] as [T, ...T[]], options);
}
