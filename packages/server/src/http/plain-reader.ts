import type { Socket } from "node:net";
import { now } from "../core/clock.ts";
import { PlainConnection, type PlainRules } from "./plain-connection.ts";

/** The connections whose requests are read here, and not by node yet. */
export class PlainReader {
  readonly #rules: PlainRules;
  readonly #connections = new Map<Socket, PlainConnection>();
  readonly #sweeper: NodeJS.Timeout;

  /** Looks every `sweepMs` for connections that have been silent for too long. */
  constructor(rules: PlainRules, sweepMs: number) {
    this.#rules = {
      ...rules,
      handOver: (socket) => {
        this.#connections.delete(socket);
        rules.handOver(socket);
      },
    };
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  /** How many there are. */
  get size(): number {
    return this.#connections.size;
  }

  /** Reads what this connection says. */
  take(socket: Socket): void {
    this.#connections.set(socket, new PlainConnection(socket, this.#rules));
    socket.on("close", () => this.#connections.delete(socket));
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  #sweep(): void {
    const at = now();
    for (const connection of this.#connections.values()) connection.check(at);
  }
}
