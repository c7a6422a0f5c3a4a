import { type TObject, type TProperties, type TSchema, Type } from "typebox";

/** Milliseconds since 1970. */
export const time = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });
export const id = Type.String({ description: "what it is named by in addresses of the API" });
export const count = Type.Integer({ minimum: 0 });

/** A piece of a list, and what to ask for to get the next one. */
export function pageOf(item: TSchema): TObject {
  return Type.Object({
    items: Type.Array(item),
    next: Type.Optional(Type.String({ description: "there is more: ask again with `after` set to this" })),
  });
}

/** A list that is never cut. */
export function listOf(item: TSchema): TObject {
  return Type.Object({ items: Type.Array(item) });
}

export const limit = Type.Integer({ minimum: 1, maximum: 500, description: "how many at most; 100 unless said" });

/** What a list can be asked for, besides what is its own. */
export function pageQuery(own: TProperties = {}): TObject {
  return Type.Object({
    after: Type.Optional(Type.String({ maxLength: 64, description: "`next` of the piece before" })),
    limit: Type.Optional(limit),
    ...own,
  });
}

/** Something is being ended. */
export const ending = Type.Object({ id, state: Type.Literal("closing") }, { title: "Ending" });
