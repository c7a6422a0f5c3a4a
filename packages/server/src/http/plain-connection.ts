import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { now } from "../core/clock.ts";
import { onRead } from "../core/direct-read.ts";
import { PlainAnswer, type PlainRequest } from "./plain-answer.ts";
import { plainHead, plainHeaders } from "./plain-head.ts";

/** What is to be done with what connections say. */
export type PlainRules = {
  /** Whether requests for this URL are for documents, and may be answered here. */
  readonly takes: (url: string) => boolean;
  readonly answer: (request: PlainRequest, response: PlainAnswer) => void;
  /** Takes the connection from here on; what was read and not answered is in front of what comes. */
  readonly handOver: (socket: Socket) => void;
  /** How long a connection may be silent before its first request, and how long after an answer, in milliseconds. */
  readonly beginMs: number;
  readonly keepMs: number;
  /** How long nothing may move on it while there is an answer to be made or taken. */
  readonly idleMs: number;
};

/**
 * Reads the requests for playlists and parts that a connection brings, one behind the other. An audience of thousands asks for little else, and node's own way from a request to its answer
 * takes several times longer than everything that has to be done for one. With the first request that is not as plain as that the connection goes to node for good.
 */
export class PlainConnection {
  readonly #socket: Socket;
  readonly #rules: PlainRules;
  /** What was read and waits for the answer before it. */
  #rest: Buffer | undefined;
  #current: PlainAnswer | undefined;
  /** Requests are being taken from what has been read. */
  #taking = false;
  #ended = false;
  readonly #letGo: () => void;
  /** When silence began, and how long it may be. */
  #silentSince = now();
  #silentMs: number;
  /** What the request before had: players send the same with each. */
  #fields = "";
  #headers: IncomingHttpHeaders | undefined;

  constructor(socket: Socket, rules: PlainRules) {
    this.#socket = socket;
    this.#rules = rules;
    this.#silentMs = rules.beginMs;
    socket.setTimeout(rules.idleMs);
    socket.on("end", this.#end).on("timeout", this.#late).on("close", this.#close);
    this.#letGo = onRead(socket, ({ buffer, byteOffset, length }) =>
      this.#read(Buffer.from(buffer, byteOffset, length)),
    );
  }

  /** Lets go of it when it has been silent for too long. */
  check(at: number): void {
    if (!this.#current && at - this.#silentSince > this.#silentMs) this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    if (this.#current) this.#keep(bytes);
    else this.#take(bytes);
  }

  /** No more than one read is held. */
  #keep(bytes: Buffer): void {
    this.#rest = this.#rest ? Buffer.concat([this.#rest, bytes]) : Buffer.from(bytes);
    this.#socket.pause();
  }

  readonly #end = (): void => {
    this.#ended = true;
    if (!this.#current) this.#socket.end();
  };

  readonly #late = (): void => {
    this.#socket.destroy();
  };

  readonly #close = (): void => {
    this.#current?.emit("close");
  };

  /** One request after the other, while their answers leave at once. */
  #take(bytes: Buffer): void {
    let rest: Buffer | undefined = bytes;
    this.#taking = true;
    while (rest && !this.#current) rest = this.#next(rest);
    this.#taking = false;
    if (rest) this.#keep(rest);
    else if (this.#ended && !this.#current) this.#socket.end();
  }

  /** Begins with one request. Returns what stands behind it. */
  #next(bytes: Buffer): Buffer | undefined {
    const head = plainHead(bytes);
    const headers = head && this.#rules.takes(head.url) ? this.#headersOf(head.fields) : undefined;
    if (!head || !headers) return this.#handOver(bytes);
    const response = new PlainAnswer(this.#socket, this.#over);
    this.#current = response;
    const { url } = head;
    this.#rules.answer({ method: "GET", url, httpVersion: "1.1", headers, socket: this.#socket }, response);
    return bytes.length > head.length ? bytes.subarray(head.length) : undefined;
  }

  #headersOf(fields: string): IncomingHttpHeaders | undefined {
    if (fields === this.#fields) return this.#headers;
    this.#fields = fields;
    this.#headers = plainHeaders(fields);
    return this.#headers;
  }

  readonly #over = (): void => {
    this.#current = undefined;
    this.#silentSince = now();
    this.#silentMs = this.#rules.keepMs;
    if (this.#taking) return;
    const rest = this.#rest;
    if (!rest) return this.#ended ? void this.#socket.end() : undefined;
    this.#rest = undefined;
    this.#socket.resume();
    this.#take(rest);
  };

  #handOver(bytes: Buffer): undefined {
    const socket = this.#socket;
    this.#letGo();
    socket.off("end", this.#end).off("timeout", this.#late).off("close", this.#close);
    socket.pause();
    socket.unshift(Buffer.from(bytes)); // they were lent
    this.#rules.handOver(socket);
    socket.resume();
  }
}
