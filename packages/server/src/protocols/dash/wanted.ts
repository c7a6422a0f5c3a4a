import type { Wish } from "../../core/wish.ts";
import type { Era, Presentation } from "../../segments/presentation.ts";
import { variantsOf } from "../../segments/variants.ts";

/** Whether the picture with this key is to be listed. */
export type Wanted = (key: string) => boolean;

const decided = new WeakMap<Era, Map<string, Map<string, boolean>>>();
const maxWishes = 64;

/** What a viewer wants of a period's pictures. It is decided once for each: what a period has does not change with what is measured. */
export function wantedIn(presentation: Presentation, era: Era, wish: Wish | undefined): Wanted {
  if (!wish) return () => true;
  const wishes = decided.get(era) ?? new Map<string, Map<string, boolean>>();
  decided.set(era, wishes);
  const name = JSON.stringify(wish);
  const known = wishes.get(name) ?? new Map<string, boolean>();
  if (wishes.size < maxWishes) wishes.set(name, known);
  const fitting = new Set(variantsOf(presentation, wish).map(({ key }) => key));
  return (key) => {
    const is = known.get(key) ?? fitting.has(key);
    known.set(key, is);
    return is;
  };
}
