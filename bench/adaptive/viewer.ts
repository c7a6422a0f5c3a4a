import type { Choice, Decision, Observation } from "../../packages/server/src/core/steering.ts";
import type { Connection } from "./connection.ts";
import { frameMs, type Media, measuredBitrate, type Rung } from "./media.ts";
import type { Frame } from "./player.ts";

/** More than that is not handed to a socket before it has drained. */
const burstBytes = 64 * 1024;
/** Further behind than that a viewer is moved forward to the newest keyframe, whatever the policy. */
const longestLagMs = 3_000;
/** A connection that was busy for less has measured nothing. */
const shortestBusyMs = 100;

/** When the kernel is asked what it knows of a connection. `needed`: half as often of a viewer who has the best and whose socket takes everything, who is not looked at between. */
export type Asked = "always" | "needed" | "never";

/** The server's side of one viewer: a position in the log of a rung, and what was handed to the socket. */
export class Viewer {
  rung = 0;
  readonly #media: Media;
  readonly #connection: Connection;
  readonly #ask: Asked;
  #rests = false;
  #position = 0;
  #next: number | undefined;
  #isHurried = false;
  /** So much may be written until it is looked at again; undefined: as much as there is. */
  #room: number | undefined;
  #burst = 0;
  #waiting = 0;
  #written = 0;
  #taken = 0;
  #takenBefore = 0;
  #busyBefore = 0;
  #acknowledgedBefore = 0;
  #blockedSinceMs: number | undefined;
  /** Frames that were written, with the byte after each: they reach the player when that byte does. */
  readonly #sent: { readonly end: number; readonly frame: Frame }[] = [];
  #arrived = 0;

  constructor(media: Media, connection: Connection, ask: Asked) {
    this.#media = media;
    this.#connection = connection;
    this.#ask = ask;
  }

  /** Where the viewer is, or is on its way to. */
  get target(): number {
    return this.#next ?? this.rung;
  }

  /** What waits is offered to the kernel. */
  push(atMs: number): void {
    if (this.#waiting > 0) {
      const taken = this.#connection.take(this.#waiting);
      this.#waiting -= taken;
      this.#taken += taken;
    }
    if (this.#waiting > 0) this.#blockedSinceMs ??= atMs;
    else if (this.#lagMs(atMs) < frameMs) this.#blockedSinceMs = undefined;
  }

  /** Writes up to the head of the log, unless the socket still has what it was given; again when it took everything and there is more. */
  pass(atMs: number): void {
    if (this.#waiting > 0) return;
    if (this.#lagMs(atMs) > longestLagMs) this.#skip(atMs);
    for (let bytes = 0; bytes < burstBytes && this.#waiting === 0; ) {
      this.#turn();
      if (this.#position > this.#headOf(this.#now, atMs)) break;
      if (this.#room !== undefined && this.#room <= 0) {
        this.#blockedSinceMs ??= atMs;
        break;
      }
      const written = this.#write();
      bytes += written;
      if (this.#room !== undefined) this.#room -= written;
      this.push(atMs);
      this.#burst = Math.max(this.#burst, bytes);
    }
  }

  /** Whether it has more to send than a window's worth, so that it goes on when its socket has drained. */
  isBehind(atMs: number): boolean {
    return this.#waiting === 0 && this.#blockedSinceMs !== undefined && this.#lagMs(atMs) >= frameMs;
  }

  /** Who has the best, and whose socket takes everything, is left alone every second time. */
  isResting(): boolean {
    const rests = this.#rests && this.#blockedSinceMs === undefined;
    this.#rests = false;
    return rests;
  }

  follow({ rung, hurry, roomBytes, rests = false }: Decision): void {
    this.#room = roomBytes;
    this.#rests = this.#ask === "needed" && rests && rung === 0;
    if (rung !== this.target) this.#next = rung;
    if (this.#next === this.rung && !this.#isHurried) this.#next = undefined;
    if (hurry && this.#next !== undefined) this.#isHurried = true;
  }

  observe(atMs: number): Observation {
    const frame = Math.floor(atMs / frameMs);
    const choices: Choice[] = this.#media.rungs.map((rung) => ({
      name: rung.name,
      bitrate: measuredBitrate(this.#media, rung, frame),
      ...(rung.isSound ? { sound: true } : {}),
    }));
    const takenBytes = this.#taken - this.#takenBefore;
    this.#takenBefore = this.#taken;
    const { groupFrames } = this.#media;
    const burstBytes = this.#burst;
    this.#burst = 0;
    return {
      ...{ atMs, burstBytes, choices, current: this.target, moving: this.#next !== undefined, takenBytes },
      groupLeftMs: ((groupFrames - (this.#position % groupFrames)) % groupFrames) * frameMs,
      waitingBytes: this.#waiting,
      lagMs: this.#lagMs(atMs),
      blockedMs: this.#blockedSinceMs === undefined ? 0 : Math.max(1, atMs - this.#blockedSinceMs),
      ...(this.#ask === "never" ? {} : this.#kernelSays()),
    };
  }

  /** As the server reads it from TCP_INFO: what was acknowledged, by the time in which there was anything to acknowledge. */
  #kernelSays(): Pick<Observation, "unackedBytes" | "roundTripMs" | "pathBitrate" | "busyMs"> {
    const { acknowledged, busyMs, unacknowledged } = this.#connection;
    const busy = busyMs - this.#busyBefore;
    const bytes = acknowledged - this.#acknowledgedBefore;
    this.#busyBefore = busyMs;
    this.#acknowledgedBefore = acknowledged;
    const kernel = { unackedBytes: unacknowledged, roundTripMs: Math.min(this.#connection.roundTripMs, 1_000) };
    return { ...kernel, ...(busy < shortestBusyMs ? {} : { pathBitrate: (bytes * 8_000) / busy }), busyMs: busy };
  }

  /** What has reached the player since it was asked last. */
  *arrivals(): Generator<Frame> {
    for (let next = this.#sent[this.#arrived]; next && next.end <= this.#connection.received; ) {
      yield next.frame;
      next = this.#sent[++this.#arrived];
    }
  }

  get #now(): Rung | undefined {
    return this.#media.rungs[this.rung];
  }

  #headOf(rung: Rung | undefined, atMs: number): number {
    return Math.floor((atMs - (rung?.delayMs ?? 0)) / frameMs) - 1;
  }

  #lagMs(atMs: number): number {
    return Math.max(0, (this.#headOf(this.#now, atMs) + 1 - this.#position) * frameMs);
  }

  /** At a keyframe it changes over, if it is to. */
  #turn(): void {
    if (this.#next === undefined || this.#position % this.#media.groupFrames !== 0) return;
    this.rung = this.#next;
    this.#next = undefined;
    this.#isHurried = false;
  }

  #write(): number {
    const rung = this.#now;
    const picture = this.#isHurried ? 0 : (rung?.pictures[this.#position] ?? 0);
    const bytes = picture + this.#media.soundBytes;
    const isSound = rung?.isSound === true;
    this.#written += bytes;
    this.#waiting += bytes;
    const frame = { index: this.#position, rung: this.rung, hasPicture: picture > 0, isSound };
    this.#sent.push({ end: this.#written, frame });
    this.#position++;
    return bytes;
  }

  #skip(atMs: number): void {
    const { groupFrames } = this.#media;
    const newest = Math.floor(this.#headOf(this.#now, atMs) / groupFrames) * groupFrames;
    if (newest > this.#position) this.#position = newest;
  }
}
