import type { StreamName } from "../core/stream-name.ts";
import { streamName } from "../core/stream-name.ts";

/** What a request's URL asks for: a path, decoded once, and the query. */
export type Target = { readonly path: string; readonly query: ReadonlyMap<string, string> };

const maxUrl = 4096;
const maxQuery = 64;

/** Reads a request's URL; undefined when it is too long, not a path, or badly escaped. */
export function parseTarget(url: string | undefined): Target | undefined {
  if (url === undefined || url.length > maxUrl || !url.startsWith("/")) return undefined;
  const cut = url.indexOf("?");
  const raw = cut < 0 ? url : url.slice(0, cut);
  try {
    return { path: decodeURIComponent(raw), query: cut < 0 ? new Map() : parseQuery(url.slice(cut + 1)) };
  } catch {
    return undefined;
  }
}

/** The stream that a path names, `/app/name` with `suffix` taken off; undefined when the name is not allowed. */
export function streamAt(path: string, suffix: string): StreamName | undefined {
  const bare = path.slice(1, path.length - suffix.length);
  const slash = bare.lastIndexOf("/");
  return slash < 0 ? undefined : streamName(bare.slice(0, slash), bare.slice(slash + 1));
}

function parseQuery(text: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (query.size >= maxQuery) break;
    if (!query.has(name)) query.set(name, value);
  }
  return query;
}

/** A request for what belongs to a stream: `/app/name/-/rest`; undefined when it is not one, or badly formed. Nothing in it is ever escaped. */
export function resourceAt(
  url: string,
): { path: string; rest: string; query: ReadonlyMap<string, string> } | undefined {
  if (!isResource(url)) return undefined;
  const cut = url.indexOf(resourceMark);
  const question = url.indexOf("?");
  const rest = url.slice(cut + resourceMark.length, question < 0 ? url.length : question);
  return { path: url.slice(1, cut), rest, query: question < 0 ? noQuery : parseQuery(url.slice(question + 1)) };
}

/** Whether a URL is one of a request for what belongs to a stream. */
export function isResource(url: string): boolean {
  const cut = url.indexOf(resourceMark);
  if (cut < 1 || url.length > maxUrl || !url.startsWith("/")) return false;
  const question = url.indexOf("?");
  return question < 0 || question > cut;
}

const resourceMark = "/-/";
const noQuery: ReadonlyMap<string, string> = new Map();
