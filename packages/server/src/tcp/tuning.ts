import { Socket } from "node:net";
import type { Writable } from "node:stream";
import type { Log } from "../core/log.ts";
import { type Kernel, openKernel } from "./kernel.ts";
import type { TcpInfo } from "./tcp-info.ts";

/** What is asked of the kernel about a viewer's connection. Nothing of it throws; where the platform or the connection has no answer, nothing happens. */
export type SocketTuning = {
  /** Lets the kernel hold little that it cannot send yet, so that what is late stays in the log. */
  tune(socket: Writable): void;
  look(socket: Writable): Seen | undefined;
  /** What `look` says of it. */
  pathBitrate(socket: Writable): number | undefined;
};

/** A connection as the kernel sees it. */
export type Seen = {
  /**
   * What the connection carries, in bits per second, measured since it was looked at for the last time: what the peer has acknowledged, by the time in which there was
   * anything to acknowledge. Undefined where that was too short to say; a lower bound where all that was there could be sent at once.
   */
  readonly pathBitrate: number | undefined;
  /** What the kernel has and the peer has not acknowledged, sent or not. */
  readonly unackedBytes: number | undefined;
  /** The shortest time from sending to acknowledgement that the connection has had lately. */
  readonly roundTripMs: number | undefined;
};

/** So much is held for a path that is busy: enough for it to go on until the server comes to write again, and less than a second on the slowest. */
const notSentBytes = 32 * 1024;
/** The kernel counts the time in ticks of up to 10 ms, and a path lets a few packets through at once: who was busy for less has measured neither. */
const shortestBusyUs = 100_000;

/** Opens it without loading anything: that happens when the first socket is to be tuned. Where it cannot be, one line says what is lost. */
export function openTcp(log: Log, open: () => Promise<Kernel> = openKernel): SocketTuning {
  return new Tuning(log, open);
}

class Tuning implements SocketTuning {
  readonly #log: Log;
  readonly #open: () => Promise<Kernel>;
  #kernel: Kernel | undefined;
  /** Those that are to be tuned when the kernel can be asked; undefined before the first and afterwards. */
  #waiting: Set<Writable> | undefined;
  #opened = false;
  readonly #seen = new WeakMap<Writable, { readonly busyUs: number; readonly ackedBytes: number }>();

  constructor(log: Log, open: () => Promise<Kernel>) {
    this.#log = log;
    this.#open = open;
  }

  tune(socket: Writable): void {
    if (!this.#opened) this.#load();
    const fd = descriptorOf(socket);
    if (fd === undefined) return;
    if (this.#kernel) this.#kernel.limitNotSent(fd, notSentBytes);
    else if (this.#waiting) this.#wait(socket, this.#waiting);
  }

  pathBitrate(socket: Writable): number | undefined {
    return this.look(socket)?.pathBitrate;
  }

  look(socket: Writable): Seen | undefined {
    const fd = descriptorOf(socket);
    const info = fd === undefined ? undefined : this.#kernel?.info?.(fd);
    if (!info) return undefined;
    const { inFlightBytes, notSentBytes, roundTripUs } = info;
    return {
      pathBitrate: this.#measure(socket, info),
      unackedBytes:
        inFlightBytes === undefined || notSentBytes === undefined ? undefined : inFlightBytes + notSentBytes,
      roundTripMs: roundTripUs === undefined ? undefined : roundTripUs / 1_000,
    };
  }

  #measure(socket: Writable, { ackedBytes, busyUs }: TcpInfo): number | undefined {
    if (ackedBytes === undefined || busyUs === undefined) return undefined;
    const before = this.#seen.get(socket);
    this.#seen.set(socket, { ackedBytes, busyUs });
    if (!before || busyUs - before.busyUs < shortestBusyUs) return undefined;
    return ((ackedBytes - before.ackedBytes) * 8_000_000) / (busyUs - before.busyUs);
  }

  #wait(socket: Writable, waiting: Set<Writable>): void {
    waiting.add(socket);
    socket.once("close", () => waiting.delete(socket));
  }

  #load(): void {
    this.#opened = true;
    this.#waiting = new Set();
    this.#open().then(
      (kernel) => this.#with(kernel),
      (error: unknown) => this.#without(error instanceof Error ? error.message : String(error)),
    );
  }

  #with(kernel: Kernel): void {
    const waiting = this.#waiting;
    this.#kernel = kernel;
    this.#waiting = undefined;
    for (const socket of waiting ?? []) this.tune(socket);
  }

  #without(reason: string): void {
    this.#waiting = undefined;
    this.#log.warn(
      { reason },
      "the kernel cannot be asked about viewers' connections: it takes seconds longer to see that a viewer's network has become slow",
    );
  }
}

/**
 * The file descriptor of a TCP connection, through TLS too; undefined for all else. It is good for the very next call only: a number is used again as soon as its socket is closed.
 */
function descriptorOf(socket: Writable): number | undefined {
  if (!(socket instanceof Socket) || socket.destroyed) return undefined;
  const { _handle: handle } = socket as { _handle?: { readonly fd?: unknown } | null };
  const fd = handle?.fd;
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}
