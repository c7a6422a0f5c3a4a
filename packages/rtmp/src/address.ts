/** How the many spellings of peers become one request: the app and the name still as sent, without queries and prefixes; nothing has judged them yet. */
export type Address = {
  readonly app: string;
  readonly name: string;
  /** Of a name that comes more than once the first value counts; the stream name's query before the app's, that before tcUrl's. */
  readonly query: ReadonlyMap<string, string>;
};

const longest = 4096;
const maxQuery = 64;
/** Flash's file types before a name: they say how to read a recording, and are no part of it. */
const prefix = /^(?:mp4|flv|mp3|id3|raw):/;

/** What a client means by its app (from connect), its tcUrl and a stream name (from publish or play). */
export function address({ app, tcUrl }: { app: string; tcUrl: string }, streamName: string): Address {
  const fromName = cut(streamName.slice(0, longest));
  const fromApp = cut(app.slice(0, longest));
  const fromUrl = cut(tcUrl.slice(0, longest));
  const query = new Map<string, string>();
  for (const text of [fromName.query, fromApp.query, fromUrl.query]) addQuery(query, text);
  return {
    app: trimmed(fromApp.path === "" ? appOf(fromUrl.path) : fromApp.path),
    name: trimmed(fromName.path.replace(prefix, "")),
    query,
  };
}

function cut(text: string): { path: string; query: string } {
  const at = text.indexOf("?");
  return at < 0 ? { path: text, query: "" } : { path: text.slice(0, at), query: text.slice(at + 1) };
}

function addQuery(query: Map<string, string>, text: string): void {
  for (const [name, value] of pairs(text)) {
    if (query.size >= maxQuery) return;
    if (!query.has(name)) query.set(name, value);
  }
}

/** The path behind scheme, host and port; a leading quote, which one encoder sends, is no part of it. */
function appOf(url: string): string {
  const match = /^["']?[a-z]+:\/\/(?:\[[^\]]*\]|[^/:]*)(?::\d*)?\/(.*)$/i.exec(url);
  return match?.[1] ?? "";
}

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

/** `a=b&c=d`, with percent and plus decoded where they can be: this package knows no platform's URL classes. */
function* pairs(text: string): Generator<[string, string]> {
  for (const pair of text.split(/[?&]/)) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    yield at < 0 ? [decoded(pair), ""] : [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))];
  }
}

function decoded(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
