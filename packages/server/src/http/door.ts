import type { Server, Socket } from "node:net";
import { type Admission, type Admitted, peerAddress } from "../core/admission.ts";
import type { Log } from "../core/log.ts";

/** How long the last bytes may take to leave. */
const lingerMs = 1_000;

/** Where connections come in: each has a place from its first byte to its last, a TLS handshake too. */
export class Door {
  readonly #sockets = new Set<Socket>();
  readonly #admission: Admission;
  readonly #log: Log;
  readonly #protocol: string;
  /** Those that have not shaken hands yet, by where they come from: the socket that TLS makes is another one. */
  readonly #shaking = new Map<string, { readonly socket: Socket; readonly place: Admitted }>();

  constructor(admission: Admission, log: Log, protocol: string) {
    this.#admission = admission;
    this.#log = log;
    this.#protocol = protocol;
  }

  /** Gives places to a server's connections before their TLS handshake. */
  guard(server: Pick<Server, "on">): void {
    server.on("connection", (socket: Socket) => {
      const place = this.#place(socket);
      if (!place) return;
      const from = fromOf(socket);
      this.#shaking.set(from, { socket, place });
      socket.on("close", () => {
        if (!this.#shaking.delete(from)) return; // it has been let in, and leaves by itself
        place.leave();
      });
    });
  }

  /** The connection's place, until it closes; undefined when it was refused. */
  enter(socket: Socket): Admitted | undefined {
    socket.on("error", () => socket.destroy());
    const place = this.#shaken(socket) ?? this.#place(socket);
    if (!place) return undefined;
    this.#sockets.add(socket);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      place.leave();
    });
    return place;
  }

  /** Ends every connection: at once where nothing has been said, otherwise after its last bytes, for which there is a second. */
  close(): void {
    for (const { socket } of this.#shaking.values()) socket.destroy();
    for (const socket of this.#sockets) socket.destroySoon();
    setTimeout(() => this.#sockets.forEach((socket) => void socket.destroy()), lingerMs).unref();
  }

  /** The place that it was given before its TLS handshake. */
  #shaken(socket: Socket): Admitted | undefined {
    if (this.#shaking.size === 0) return undefined; // node keeps for each socket what it was asked of it
    const from = fromOf(socket);
    const place = this.#shaking.get(from)?.place;
    this.#shaking.delete(from);
    return place;
  }

  #place(socket: Socket): Admitted | undefined {
    const address = peerAddress(socket.remoteAddress);
    const place = this.#admission.enter(address);
    if (!("refused" in place)) return place;
    this.#log.warn({ protocol: this.#protocol, address, limit: place.refused }, "connection refused: too many");
    socket.destroy();
    return undefined;
  }
}

function fromOf({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
