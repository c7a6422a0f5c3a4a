type Json = Readonly<Record<string, unknown>>;

/** Takes every schema that has a title out of the schemas that hold it, so that each is described once, and by its name. */
export class NamedSchemas {
  readonly found: Record<string, Json> = {};

  /** The same schema, with a reference in the place of each that has a title. Two that are called the same are a mistake. */
  without(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((each: unknown) => this.without(each));
    if (typeof schema !== "object" || schema === null) return schema;
    const inner: Json = Object.fromEntries(Object.entries(schema).map(([key, each]) => [key, this.without(each)]));
    const { title, ...bare } = inner;
    if (typeof title !== "string") return inner;
    const before = this.found[title];
    if (before && JSON.stringify(before) !== JSON.stringify(bare)) throw new Error(`two schemas are called ${title}`);
    this.found[title] = bare;
    return { $ref: `#/components/schemas/${title}` };
  }
}
