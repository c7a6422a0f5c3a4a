import type { Config } from "./schema.ts";
import { rootShape, type Shape } from "./shape.ts";

/** Every value of a configuration that its schema calls a secret. */
export function secretsIn(config: Config): readonly string[] {
  return [...secretsOf(rootShape, config)];
}

function* secretsOf(shape: Shape, value: unknown, isSecret: boolean = shape.secret === true): Generator<string> {
  if (typeof value === "string" && isSecret && value !== "") yield value;
  if (Array.isArray(value)) {
    for (const each of value) yield* secretsOf(shape.items ?? {}, each, isSecret || shape.items?.secret === true);
  } else if (typeof value === "object" && value !== null) {
    const [named] = Object.values(shape.patternProperties ?? {});
    for (const [name, each] of Object.entries(value)) {
      const found = shape.properties?.[name] ?? named ?? {};
      yield* secretsOf(found, each, isSecret || found.secret === true);
    }
  }
}
