import { setImmediate as breathe } from "node:timers/promises";
import { invalid } from "./values.ts";

/** A part of a list: `next` asks for what follows it, and is missing at the end. */
export type Page<T> = { readonly items: readonly T[]; readonly next?: string };

/** Which part of a list: what follows `after` (a page's `next`), at most `limit`. */
export type PageRequest = { readonly after?: string | undefined; readonly limit?: number | undefined };

const usualLimit = 100;
const maxLimit = 500;
const cursor = /^[1-9]\d{0,14}$/;

/** One page of the rows that `rows` finds behind a number, with one more than asked for to see whether there are more. */
export async function pageOf<Row extends { seq: number }, T>(
  { after, limit = usualLimit }: PageRequest,
  start: number,
  rows: (from: number, limit: number) => Promise<readonly Row[]>,
  shown: (row: Row) => T,
): Promise<Page<T>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) throw invalid("limit", `from 1 to ${maxLimit}`);
  if (after !== undefined && !cursor.test(after))
    throw invalid("the page's start", "what the page before said is next");
  const found = await rows(after === undefined ? start : Number(after), limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(shown), ...(last && found.length > limit ? { next: String(last.seq) } : {}) };
}

/** All pages of a list that has a limit of its own; others get their turn in between. */
export async function allPages<T>(page: (request: PageRequest) => Promise<Page<T>>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = await page({ after, limit: maxLimit });
    all.push(...items);
    if (next === undefined) return all;
    after = next;
    await breathe();
  }
}

/** Removes in portions what may be much; others get their turn in between. Returns how many there were. */
export async function inPortions(remove: (most: number) => Promise<number>): Promise<number> {
  const portion = 2_000;
  for (let sum = 0; ; ) {
    const removed = await remove(portion);
    sum += removed;
    if (removed < portion) return sum;
    await breathe();
  }
}
