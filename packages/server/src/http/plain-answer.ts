import { EventEmitter } from "node:events";
import { type IncomingHttpHeaders, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { writePieces } from "../core/direct-write.ts";
import { type SharedBytes, writeShared } from "../core/shared-write.ts";
import { type Fields, keptAlive } from "./answer-head.ts";

/** A request that was read here. It has the face of node's as far as documents need it. */
export type PlainRequest = {
  readonly method: "GET";
  readonly url: string;
  readonly httpVersion: "1.1";
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket;
};

type Given = Readonly<Record<string, string | number>> | Fields;

/** Those of a burst that have left as a whole. */
let burst: PlainAnswer[] | undefined;

/** Whole answers that are given within `give` go out one right after the other; what their connections do next comes after the last: thousands who wait for the same wait for that as well. */
export function together(give: () => void): void {
  const left: PlainAnswer[] = [];
  burst = left;
  try {
    give();
  } finally {
    burst = undefined;
    for (const answer of left) answer.over();
  }
}

/** What would end a header early. */
const unsafe = /[^\t -~\x80-\xff]/;

/** The answer to a request that was read here: node's `ServerResponse`, as far as documents need it. `close` tells that the client left before the end. */
export class PlainAnswer extends EventEmitter {
  readonly socket: Socket;
  headersSent = false;
  writableEnded = false;
  /** Called when the whole answer has left. */
  readonly over: () => void;
  #fields: (string | number)[] = [];
  #chunked = false;

  constructor(socket: Socket, over: () => void) {
    super();
    this.socket = socket;
    this.over = over;
  }

  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  destroy(): this {
    this.socket.destroy();
    return this;
  }

  setHeader(name: string, value: string | number): this {
    this.#fields.push(name, value);
    return this;
  }

  getHeaderNames(): string[] {
    return this.#fields.flatMap((each, index) => (index % 2 === 0 ? [String(each)] : []));
  }

  /** Writes the head. Without a `content-length` the body comes in chunks (RFC 9112, 7.1). */
  writeHead(status: number, given: Given = []): this {
    const fields = [...this.#fields, ...(isFields(given) ? given : Object.entries(given).flat())];
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n`;
    this.#chunked = status >= 200 && status !== 204 && status !== 304;
    for (let index = 0; index < fields.length; index += 2) {
      const line = `${fields[index]}: ${fields[index + 1]}`;
      if (unsafe.test(line)) throw new Error(`a header cannot hold this: ${JSON.stringify(line)}`);
      if (String(fields[index]).toLowerCase() === "content-length") this.#chunked = false;
      text += `${line}\r\n`;
    }
    if (this.#chunked) text += "Transfer-Encoding: chunked\r\n";
    this.headersSent = true;
    this.socket.cork();
    process.nextTick(() => this.socket.uncork());
    this.socket.write(text + keptAlive(Date.now()), "latin1");
    return this;
  }

  write(bytes: string | Uint8Array): boolean {
    if (!this.headersSent) this.writeHead(200);
    const body = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    if (!this.#chunked || body.length === 0) return this.socket.write(body);
    this.socket.write(`${body.length.toString(16)}\r\n`, "latin1");
    this.socket.write(body);
    return this.socket.write("\r\n", "latin1");
  }

  end(bytes?: string | Uint8Array): this {
    if (this.writableEnded) return this;
    if (!this.headersSent) this.writeHead(200, { "content-length": bytes ? Buffer.byteLength(bytes) : 0 });
    if (bytes !== undefined) this.write(bytes);
    this.writableEnded = true;
    this.socket.write(this.#chunked ? "0\r\n\r\n" : "", "latin1", this.#left);
    return this;
  }

  /** Sends a whole answer, its head included, as it is. */
  whole(pieces: readonly Uint8Array[]): void {
    this.headersSent = true;
    this.writableEnded = true;
    writePieces(this.socket, pieces, this.#left);
  }

  /** The same of what many get. */
  shared(bytes: SharedBytes): void {
    this.headersSent = true;
    this.writableEnded = true;
    writeShared(this.socket, bytes, this.#left);
  }

  readonly #left = (error?: Error | null): void => {
    if (error) return;
    if (burst) burst.push(this);
    else this.over();
  };
}

function isFields(given: Given): given is Fields {
  return Array.isArray(given);
}
