import type { IncomingHttpHeaders } from "node:http";

/** The first line and the headers of a request, and how many bytes they take. */
export type PlainHead = { readonly url: string; readonly fields: string; readonly length: number };

const end = Buffer.from("\r\n\r\n");
const version = " HTTP/1.1\r\n";
/** With what stands behind it a head is longer, and node's to judge. */
const maxHead = 16 * 1024;
const maxFields = 100;
const printable = /^[!-~]+$/;
const field = /^([\w!#$%&'*+.^`|~-]+):([\t -~]*)$/;
/** What says that something follows the head, or that the connection becomes something else. */
const strange: ReadonlySet<string> = new Set([
  "content-length",
  "transfer-encoding",
  "trailer",
  "expect",
  "upgrade",
  "http2-settings",
]);

/**
 * The request that `bytes` begin with, where it is a GET of HTTP/1.1 written as the standard wants it, and whole; otherwise undefined. Less is taken than RFC 9112 allows: what could be read in
 * two ways is not read here at all.
 */
export function plainHead(bytes: Buffer): PlainHead | undefined {
  const length = bytes.indexOf(end) + end.length;
  if (length < end.length || length > maxHead) return undefined;
  const text = bytes.toString("latin1", 0, length - 2);
  if (!text.startsWith("GET /")) return undefined;
  const cut = text.indexOf(" ", 4);
  const url = text.slice(4, cut);
  if (!text.startsWith(version, cut) || !printable.test(url)) return undefined;
  return { url, fields: text.slice(cut + version.length), length };
}

/** What was said last, by many: programs of one make send the same. */
const known = new Map<string, IncomingHttpHeaders>();
const maxKnown = 256;
const maxKnownLength = 2048;

/** The headers in a head, by their names in small letters; undefined where node has to look at them: a body, another kind of connection, a name that comes twice, no host. Those who say the same have the same object. */
export function plainHeaders(fields: string): IncomingHttpHeaders | undefined {
  const found = known.get(fields);
  if (found) return found;
  const headers = headersIn(fields);
  if (!headers || fields.length > maxKnownLength) return headers;
  if (known.size >= maxKnown) known.clear();
  known.set(fields, headers);
  return headers;
}

function headersIn(fields: string): IncomingHttpHeaders | undefined {
  const headers: Record<string, string> = Object.create(null);
  const lines = fields.split("\r\n", maxFields + 1);
  if (lines.pop() !== "") return undefined;
  for (const line of lines) {
    const [, written = "", value] = field.exec(line) ?? [];
    const name = written.toLowerCase();
    if (value === undefined || name in headers || strange.has(name)) return undefined;
    headers[name] = value.trim();
  }
  const { host, connection = "keep-alive" } = headers;
  if (!host || connection.toLowerCase() !== "keep-alive") return undefined;
  return Object.freeze(headers);
}
