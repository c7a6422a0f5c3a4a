import type { Writable } from "node:stream";

/** What the platform can do for a viewer's connection, and tell of it. Nothing of it throws; where it has no answer, nothing happens. */
export type Paths = {
  /** Lets the kernel hold little that it cannot send yet, so that what is late stays in the log. */
  tune(socket: Writable): void;
  /**
   * Lets no more be under way than a path that carries so many bits per second takes in so many seconds, beyond the way there and back: what a slower one would still have to carry
   * can be left out then. False where that cannot be said yet.
   */
  limit(socket: Writable, bitrate: number, seconds: number): boolean;
  /** What is seen of it since it was looked at for the last time. */
  look(socket: Writable): PathSeen | undefined;
};

/** A connection as the kernel sees it. */
export type PathSeen = {
  /** What it has carried while there was anything to carry, in bits per second; undefined where that was too short to say. */
  readonly pathBitrate: number | undefined;
  /** For how long there was anything to carry, as far as the kernel's clock tells that. */
  readonly busyMs: number | undefined;
  /** What the kernel has and the peer has not acknowledged. */
  readonly unackedBytes: number | undefined;
  /** The shortest time from sending to acknowledgement that it has had lately. */
  readonly roundTripMs: number | undefined;
};
