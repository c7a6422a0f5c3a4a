import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { Presentation } from "./presentation.ts";
import type { Viewer } from "./viewers.ts";

/** A viewer's request for one file of a presentation. */
export type Ask = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: ReadonlyMap<string, string>;
  /** What every answer says to pages of other sites. */
  readonly cors: Readonly<Record<string, string>>;
  readonly presentation: Presentation;
  readonly viewer: Viewer;
  /** `v0.m3u8`, `v0/NONCE-12.m4s`. */
  readonly file: string;
};

/** What is answered. `packed` is the same, compressed with gzip: a character for each byte, because node sends a string in one piece with the head. */
export type Content = {
  readonly type: string;
  readonly cache: string;
  readonly etag: string;
  readonly bytes: Uint8Array;
  packed?: string;
  /** The same as text, in ASCII: worth compressing. */
  readonly text?: string;
};

/** Answers a complete file: HEAD, If-None-Match, Range for media and gzip for text (RFC 9110). */
export function answer(ask: Ask, content: Content): void {
  const { request, response, cors } = ask;
  const { cache, etag, type, text } = content;
  const { vary } = cors;
  const head: Head = ["cache-control", cache, "etag", etag];
  for (const name in cors) if (name !== "vary" || text === undefined) head.push(name, cors[name] ?? "");
  if (text !== undefined) head.push("vary", vary === undefined ? "accept-encoding" : "accept-encoding, origin");
  if (request.headers["if-none-match"] === etag) return void response.writeHead(304, head).end();
  head.push("content-type", type);
  if (text === undefined) answerMedia(ask, head, content.bytes);
  else answerText(ask, head, content, text);
}

type Head = (string | number)[];

function answerText({ request, response, viewer }: Ask, head: Head, content: Content, text: string): void {
  const packed = isGzipTaken(request) ? pack(content) : undefined;
  if (packed) head.push("content-encoding", "gzip");
  const body = packed ?? text;
  head.push("content-length", body.length);
  response.writeHead(200, head);
  if (request.method === "HEAD") return void response.end();
  viewer.bytes += body.length;
  response.end(body, "latin1");
}

function answerMedia({ request, response, viewer }: Ask, head: Head, bytes: Uint8Array): void {
  head.push("accept-ranges", "bytes");
  const range = rangeOf(request, bytes.length);
  if (range === "none") {
    response.writeHead(416, [...head, "content-range", `bytes */${bytes.length}`, "content-length", 0]).end();
    return;
  }
  const body = range ? bytes.subarray(range.from, range.to + 1) : bytes;
  if (range) head.push("content-range", `bytes ${range.from}-${range.to}/${bytes.length}`);
  head.push("content-length", body.length);
  response.writeHead(range ? 206 : 200, head);
  if (request.method === "HEAD") return void response.end();
  viewer.bytes += body.length;
  response.end(body);
}

function isGzipTaken({ headers }: IncomingMessage): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(headers["accept-encoding"] ?? ""));
}

function pack(content: Content): string {
  content.packed ??= gzipSync(content.bytes, { level: 4 }).toString("latin1");
  return content.packed;
}

/** One range of bytes (RFC 9110, 14.1.2); several are answered with the whole, which is allowed. */
function rangeOf({ headers }: IncomingMessage, length: number): { from: number; to: number } | "none" | undefined {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? "");
  if (!found) return undefined;
  const [, first = "", last = ""] = found;
  if (first === "" && last === "") return undefined;
  const from = first === "" ? Math.max(0, length - Number(last)) : Number(first);
  const to = first === "" || last === "" ? length - 1 : Math.min(Number(last), length - 1);
  return from >= length || from > to ? "none" : { from, to };
}
