import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { now } from "../core/clock.ts";
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
  #ended = false;
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
    socket.on("data", this.#read).on("end", this.#end).on("timeout", this.#late).on("close", this.#close);
  }

  /** Lets go of it when it has been silent for too long. */
  check(at: number): void {
    if (!this.#current && at - this.#silentSince > this.#silentMs) this.#socket.destroy();
  }

  readonly #read = (bytes: Buffer): void => {
    if (!this.#current) return this.#next(bytes);
    this.#rest = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    this.#socket.pause(); // no more than one read is held
  };

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

  #next(bytes: Buffer): void {
    const head = plainHead(bytes);
    const headers = head && this.#rules.takes(head.url) ? this.#headersOf(head.fields) : undefined;
    if (!head || !headers) return this.#handOver(bytes);
    if (bytes.length > head.length) this.#rest = bytes.subarray(head.length);
    const response = new PlainAnswer(this.#socket, this.#over);
    this.#current = response;
    const { url } = head;
    this.#rules.answer({ method: "GET", url, httpVersion: "1.1", headers, socket: this.#socket }, response);
  }

  #headersOf(fields: string): IncomingHttpHeaders | undefined {
    if (fields === this.#fields) return this.#headers;
    this.#fields = fields;
    this.#headers = plainHeaders(fields);
    return this.#headers;
  }

  readonly #over = (): void => {
    this.#current = undefined;
    if (this.#ended) return void this.#socket.end();
    this.#silentSince = now();
    this.#silentMs = this.#rules.keepMs;
    const rest = this.#rest;
    if (!rest) return;
    this.#rest = undefined;
    this.#socket.resume();
    this.#next(rest);
  };

  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    socket.off("data", this.#read).off("end", this.#end).off("timeout", this.#late).off("close", this.#close);
    socket.pause();
    socket.unshift(bytes);
    this.#rules.handOver(socket);
    socket.resume();
  }
}
