import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { SharedBytes } from "../core/shared-write.ts";
import { type Fields, wholeHead } from "../http/answer-head.ts";
import { together } from "../http/plain-answer.ts";
import { takesWhole, writeWhole } from "../http/whole-answer.ts";
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

/** What is answered. */
export type Content = {
  readonly type: string;
  readonly cache: string;
  readonly etag: string;
  readonly bytes: Uint8Array;
  /** It is text, in ASCII: worth compressing. */
  readonly isText?: boolean;
  /** The same, compressed with gzip. */
  packed?: Uint8Array;
  /** Whole answers, or the heads of media. */
  ready?: Ready[];
};

/** An answer, or its head, as it goes to those who take gzip or not, from pages of one origin or none, within a second. */
type Ready = {
  readonly isPacked: boolean;
  readonly origin: string | undefined;
  readonly second: number;
  readonly bytes: Uint8Array;
  /** How often it was sent, and what many get. */
  sent: number;
  shared?: SharedBytes;
};

/** So many get an answer within a second that it is put where the kernel sends it from. */
const sharedFrom = 8;
const maxReady = 16;
const nothing: readonly Ready[] = [];

/** A playlist has a few kilobytes: zlib need not set up a quarter of a megabyte for each. */
const smallGzip = { level: 4, windowBits: 13, memLevel: 5 } as const;

/** The same for all who waited for it. */
export function answerAll(asks: readonly Ask[], content: Content): void {
  const answers = () => {
    for (const ask of asks) answer(ask, content);
  };
  if (asks.length > 1) together(answers);
  else answers();
}

/** Answers a complete file: HEAD, If-None-Match, Range for media and gzip for text (RFC 9110). */
export function answer(ask: Ask, content: Content): void {
  const { request, response } = ask;
  if (request.headers["if-none-match"] === content.etag)
    return void response.writeHead(304, [...headOf(ask, content)]).end();
  if (content.isText) answerText(ask, content);
  else answerMedia(ask, content);
}

function headOf({ cors }: Ask, { cache, etag, isText }: Content): Fields {
  const { vary } = cors;
  const head: (string | number)[] = ["cache-control", cache, "etag", etag];
  for (const name in cors) if (name !== "vary" || !isText) head.push(name, cors[name] ?? "");
  if (isText) head.push("vary", vary === undefined ? "accept-encoding" : "accept-encoding, origin");
  return head;
}

function answerText(ask: Ask, content: Content): void {
  const { request, response, viewer } = ask;
  const isPacked = isGzipTaken(request);
  const body = isPacked ? pack(content) : content.bytes;
  const isSent = request.method !== "HEAD";
  if (isSent) viewer.bytes += body.length;
  const head = () => textHead(ask, content, isPacked, body);
  if (takesWhole(request, response)) return writeWhole(response, [ready(ask, content, isPacked, head, body).bytes]);
  response.writeHead(200, [...head()]);
  response.end(isSent ? body : undefined);
}

function textHead(ask: Ask, content: Content, isPacked: boolean, body: Uint8Array): Fields {
  const encoding = isPacked ? ["content-encoding", "gzip"] : [];
  return [...headOf(ask, content), "content-type", content.type, ...encoding, "content-length", body.length];
}

/** Made once for all who ask for the same in a second: the head, and the body behind it where that is given. */
function ready(ask: Ask, content: Content, isPacked: boolean, head: () => Fields, body?: Uint8Array): Ready {
  const origin = ask.cors["access-control-allow-origin"];
  const at = Date.now();
  const second = Math.floor(at / 1000);
  for (const known of content.ready ?? nothing) {
    if (known.second === second && known.isPacked === isPacked && known.origin === origin) return known;
  }
  const whole = wholeHead(head(), at);
  const bytes = body ? Buffer.concat([whole, body]) : whole;
  const others = content.ready?.filter((each) => each.second === second).slice(1 - maxReady) ?? [];
  const made: Ready = { isPacked, origin, second, bytes, sent: 0 };
  content.ready = [...others, made];
  return made;
}

function answerMedia(ask: Ask, content: Content): void {
  const { request, response, viewer } = ask;
  const { bytes } = content;
  const range = rangeOf(request, bytes.length);
  if (!range && takesWhole(request, response)) {
    viewer.bytes += bytes.length;
    const whole = () => [...mediaHead(ask, content), "content-length", bytes.length];
    return writeMedia(response, ready(ask, content, false, whole), bytes);
  }
  const head = mediaHead(ask, content);
  if (range === "none") {
    response.writeHead(416, [...head, "content-range", `bytes */${bytes.length}`, "content-length", 0]).end();
    return;
  }
  const body = range ? bytes.subarray(range.from, range.to + 1) : bytes;
  if (range) head.push("content-range", `bytes ${range.from}-${range.to}/${bytes.length}`);
  head.push("content-length", body.length);
  const isSent = request.method !== "HEAD";
  if (isSent) viewer.bytes += body.length;
  response.writeHead(range ? 206 : 200, head);
  response.end(isSent ? body : undefined);
}

function writeMedia(response: ServerResponse, head: Ready, body: Uint8Array): void {
  if (++head.sent === sharedFrom) {
    head.shared = new SharedBytes([head.bytes, body]);
    head.shared.keep();
  }
  writeWhole(response, [head.bytes, body], head.shared);
}

function mediaHead(ask: Ask, content: Content): (string | number)[] {
  return [...headOf(ask, content), "content-type", content.type, "accept-ranges", "bytes"];
}

function isGzipTaken({ headers }: IncomingMessage): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(headers["accept-encoding"] ?? ""));
}

function pack(content: Content): Uint8Array {
  content.packed ??= gzipSync(content.bytes, { ...smallGzip, chunkSize: Math.max(content.bytes.length, 64) });
  return content.packed;
}

/** One range of bytes (RFC 9110, 14.1.2); several are answered with the whole, which is allowed. */
function rangeOf({ headers }: IncomingMessage, length: number): { from: number; to: number } | "none" | undefined {
  const found = headers.range && /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range);
  if (!found) return undefined;
  const [, first = "", last = ""] = found;
  if (first === "" && last === "") return undefined;
  const from = first === "" ? Math.max(0, length - Number(last)) : Number(first);
  const to = first === "" || last === "" ? length - 1 : Math.min(Number(last), length - 1);
  return from >= length || from > to ? "none" : { from, to };
}
