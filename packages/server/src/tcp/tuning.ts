import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { now } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { PathSeen, Paths } from "../core/paths.ts";
import { type Kernel, openKernel } from "./kernel.ts";
import type { TcpInfo } from "./tcp-info.ts";

/** So much is held for a path that is busy: enough for it to go on until the server comes to write again, and less than a second on the slowest. */
const notSentBytes = 32 * 1024;
/** What may be under way at least. */
const leastUnderWayBytes = 48 * 1024;
/** Linux allows twice what it is told, for its own books, which need about a quarter. */
const heldShare = 0.625;
/** The kernel counts the time in ticks of up to 10 ms, and a path lets a few packets through at once: who was busy for less has measured neither. */
const shortestBusyUs = 100_000;
/** Peers acknowledge several packets at once, which are far apart on a slow path: only after so long nothing is nothing. */
const silenceUs = 1_000_000;
/** What was seen longer ago would be measured of another network. */
const longestMs = 2_000;

/**
 * Asks the kernel about viewers' connections, and limits what it holds for them. Nothing is loaded before the first socket is to be tuned. Where that fails one line
 * says what is lost.
 */
export function openTcp(log: Log, open: () => Promise<Kernel> = () => openKernel()): Paths {
  return new Tuning(log, open);
}

/** How it was when it was looked at last; changed in place, because one made anew four times a second for each viewer lives just long enough to be dear to collect. */
type Seen = { at: number; busyUs: number; arrivedBytes: number };

const unknown = { pathBitrate: undefined, busyMs: undefined };

class Tuning implements Paths {
  readonly #log: Log;
  readonly #open: () => Promise<Kernel>;
  #kernel: Kernel | undefined;
  /** Those that are to be tuned when the kernel can be asked; undefined before the first and afterwards. */
  #waiting: Set<Writable> | undefined;
  #opened = false;
  readonly #seen = new WeakMap<Writable, Seen>();

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

  limit(socket: Writable, bitrate: number, seconds: number): boolean {
    if (!this.#opened) this.#load();
    const fd = descriptorOf(socket);
    const roundTripUs = fd === undefined ? undefined : this.#kernel?.info?.(fd)?.roundTripUs;
    if (fd === undefined || roundTripUs === undefined) return false;
    const bytes = Math.max(leastUnderWayBytes, (bitrate / 8) * (seconds + (2 * roundTripUs) / 1_000_000));
    return this.#kernel?.limitHeld?.(fd, Math.round(bytes * heldShare)) === true;
  }

  look(socket: Writable): PathSeen | undefined {
    const fd = descriptorOf(socket);
    const info = fd === undefined ? undefined : this.#kernel?.info?.(fd);
    if (!info) return undefined;
    const { inFlightBytes, notSentBytes, roundTripUs } = info;
    return {
      ...this.#measure(socket, info),
      unackedBytes:
        inFlightBytes === undefined || notSentBytes === undefined ? undefined : inFlightBytes + notSentBytes,
      roundTripMs: roundTripUs === undefined ? undefined : roundTripUs / 1_000,
    };
  }

  /** What has arrived, by the time in which there was anything to arrive: a lower bound where all that was there could be sent at once. */
  #measure(socket: Writable, { arrivedBytes, busyUs }: TcpInfo): Pick<PathSeen, "pathBitrate" | "busyMs"> {
    if (arrivedBytes === undefined || busyUs === undefined) return unknown;
    const before = this.#seen.get(socket);
    if (!before) {
      this.#seen.set(socket, { at: now(), busyUs, arrivedBytes });
      return unknown;
    }
    const passedUs = busyUs - before.busyUs;
    const bytes = arrivedBytes - before.arrivedBytes; // less than none where a segment after a gap was a short one
    if (bytes <= 0) return passedUs < silenceUs ? unknown : { pathBitrate: 0, busyMs: undefined };
    const passedMs = now() - before.at;
    before.at += passedMs;
    before.busyUs = busyUs;
    before.arrivedBytes = arrivedBytes;
    if (passedMs > longestMs) return unknown;
    return {
      pathBitrate: passedUs < shortestBusyUs ? undefined : (bytes * 8_000_000) / passedUs,
      busyMs: passedUs / 1_000,
    };
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
      "the kernel cannot be asked about viewers' connections: it takes seconds longer to see that a viewer's network has become slow, and megabytes are held for each that has stopped",
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
