import type { StreamName } from "../../core/stream-name.ts";

const maxPattern = 700;

/** Whether a stream is meant: `*` in a pattern stands for any letters of one segment, and a pattern without `/` is about the name alone. */
export function fitsPattern(pattern: string, { path, name }: StreamName): boolean {
  if (pattern.length > maxPattern) return false;
  const wanted = pattern.split("/");
  const given = wanted.length === 1 ? [name] : path.split("/");
  return wanted.length === given.length && wanted.every((each, index) => fits(each, given[index] ?? ""));
}

/** Greedy from the left, which is enough for `*` alone, and takes no longer than the text is long for each of its parts. */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  const [first = ""] = parts;
  if (parts.length === 1) return text === first;
  const last = parts.at(-1) ?? "";
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
