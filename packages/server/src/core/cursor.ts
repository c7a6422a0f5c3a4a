import type { Writable } from "node:stream";
import type { VideoCodec } from "@sluice/media";
import { Backlog } from "./backlog.ts";
import { now } from "./clock.ts";
import { type Apart, pictureFrom, type Target } from "./crossing.ts";
import type { CursorOwner } from "./cursor-owner.ts";
import { writeTo } from "./direct-write.ts";
import type { Format } from "./format.ts";
import type { Group, PacketLog } from "./packet-log.ts";
import type { Drain, Readable } from "./readable.ts";
import type { Seat } from "./seats.ts";
import type { Wire } from "./wire.ts";
import type { Wish } from "./wish.ts";

/** At most so much is handed to a socket before it has drained: the rest stays in the log, where it costs nothing. */
const burstBytes = 256 * 1024;
/** What a socket is given at once where what it does not take may yet be left out: Node tells that it has been taken only when all of it has. Where it is easy, a window of a large audience. */
const carefulBytes = 16 * 1024;
const easyBytes = 128 * 1024;
/** Who is not looked at again by then is not looked at any more. */
const roomMs = 1_000;
/** How far apart in time packets may be that stand next to each other. */
const mixedUs = 500_000;

/**
 * A viewer: a position in a stream's log, and a socket. It has no queue: what the socket has not taken is not written, and the position stays.
 * When it falls too far behind it moves to the newest keyframe.
 */
export class Cursor {
  readonly socket: Writable;
  bytes = 0;
  /** How often it had to be moved forward. */
  skips = 0;
  /** What it asks of the qualities that there are. */
  wish: Wish | undefined;
  /** Which of them it has, once that has been looked at. */
  seat: Seat | undefined;
  readonly backlog: Backlog;
  readonly #owner: CursorOwner;
  #stream: Readable;
  #format: Format;
  #wire: Wire;
  /** What it goes over to at the next keyframe. */
  #next: Target | undefined;
  /** It has come from another log, and goes on with the first group from this time on. */
  #fromUs: number | undefined;
  /** Of that the sound up to this time is left out: it has had that. */
  #heardUs: number | undefined;
  #position = 0;
  /** Flowing, or waiting for a group that starts at `#position` or later. */
  #flowing = false;
  #paused = false;
  #started = false;
  /** It was there before the stream's first packet: all of the stream is for it, from the first keyframe on. */
  readonly #fromStart: boolean;
  /** The most that it has written at once since it was looked at. */
  #burst = 0;
  /** So many bytes may still be written before it is looked at again, which is to be before `#roomUntil`; undefined where that does not matter. */
  #room: number | undefined;
  #roomUntil = 0;

  constructor(stream: Readable, format: Format, socket: Writable, owner: CursorOwner) {
    this.#stream = stream;
    this.#format = format;
    this.#wire = stream.wire(format);
    this.socket = socket;
    this.backlog = new Backlog(socket);
    this.#owner = owner;
    this.#fromStart = stream.log.head === 0;
  }

  get format(): Format {
    return this.#format;
  }
  /** Its first bytes have been written. */
  get isStarted(): boolean {
    return this.#started;
  }
  /** What it reads, or is about to. */
  get reads(): Readable {
    return this.#next?.stream ?? this.#stream;
  }
  /** For whoever lists sessions. */
  figures(): { readonly bytes: number; readonly skips: number; readonly rendition?: string; readonly moves?: number } {
    const { bytes, skips, seat } = this;
    return seat ? { bytes, skips, rendition: seat.choice, moves: seat.moves } : { bytes, skips };
  }

  /** What its socket has taken. */
  drain(): Drain {
    const burst = this.#burst;
    this.#burst = 0;
    const waiting = this.backlog.judge();
    const { log, limit } = this.#stream;
    if (waiting === 0 && this.#position >= limit) this.backlog.behindSince = 0;
    return {
      taken: this.bytes - waiting,
      waiting,
      burst,
      behindSince: this.backlog.behindSince > 0 ? this.backlog.behindSince : undefined,
      lagUs: this.#flowing && this.#position < log.head ? log.lagUs(this.#position) : 0,
      moving: this.#next !== undefined || this.#fromUs !== undefined,
      groupLeftUs: this.#flowing ? log.groupLeftUs(this.#position) : undefined,
    };
  }

  /** Until it is looked at again it writes so much, and the packet where that ends; undefined: all that the socket takes. */
  allow(bytes: number | undefined): void {
    const before = this.#room;
    this.#room = bytes;
    if (bytes !== undefined) this.#roomUntil = now() + roomMs;
    if (before !== undefined) this.flush();
  }

  /** Writes what the socket takes of what is there. Called in passes, and when the socket has drained. */
  flush(): void {
    const before = this.bytes;
    while (this.#step());
    this.#burst = Math.max(this.#burst, this.bytes - before);
  }

  /** True when it has come to where it goes over to another log. */
  #step(): boolean {
    if (this.#paused || this.backlog.isBlocked()) return false;
    if (this.#flowing && this.#isLate(this.#stream.log)) this.#skip();
    const limit = this.#next ? this.#approach(this.#next) : this.#stream.limit;
    if (this.#paused) return false;
    if (!this.#flowing && !this.#seek(this.#stream.log)) return false;
    if (this.#heardUs !== undefined) this.#leaveOutHeard(this.#heardUs, limit);
    if (this.#position >= limit) return false;
    this.#advance(limit);
    return this.#next !== undefined && this.#position >= limit;
  }

  #advance(limit: number): void {
    if (this.#room !== undefined && now() < this.#roomUntil) return this.#writeWithin(limit);
    if (this.#stream.careful) return this.#tryOut(limit);
    const batch = this.#wire.batch(this.#position, limit);
    if (batch.to >= limit) this.#write(batch.bytes, batch.to);
    else this.#catchUp(limit);
  }

  /** Begins, or goes on, with the first group from this time on. */
  startAt(fromUs: number): void {
    this.#fromUs = fromUs;
  }

  /** Writes what there is up to the next keyframe and stops there: another viewer goes on from it. Tells the keyframe's time, where it had begun. */
  stopAtKeyframe(stopped: (atUs: number | undefined) => void): void {
    this.#next = { stream: this.#stream, format: this.#format, stopped };
    this.flush();
  }

  /** Stops writing; what is published meanwhile is not for this viewer. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on at the next keyframe, or at the newest one if this viewer has not been past it. */
  resume(): void {
    this.#paused = false;
    this.#flowing = false;
    this.flush();
  }

  /** Goes on in another format (with sound or picture left out, for example) at the next keyframe. */
  change(format: Format): void {
    this.#format = format;
    this.#wire = this.#stream.wire(format);
    if (this.#next) this.#next = { stream: this.#next.stream, format };
    this.resume();
  }

  /**
   * Goes over to another log of the same stream, whose keyframes have the same times: what it reads now is written up to the next keyframe, and the other from there on. With
   * `hurry` only the sound is written until then. `soundOnly`: the picture is left out there too. Where the present log has ended the viewer has the other's sound until then. `apart`: the
   * keyframes have other times, so there is only sound up to the other's next one.
   */
  move(to: Readable, { hurry = false, soundOnly = false, ended = false, apart = false } = {}): void {
    if (this.#next?.stopped) return ended ? this.#stop(this.#next.stopped, undefined) : undefined;
    const sound = this.#format.sound?.() ?? this.#format;
    const format = soundOnly ? sound : this.#format;
    if (apart && !ended && this.#flowing) return this.#moveApart(to, format, sound);
    this.#next = { stream: to, format };
    if (ended && this.#flowing) this.#goOn(to, sound);
    else if (hurry && this.#flowing && this.#isAccompanied()) this.#wire = this.#stream.wire(sound);
    this.flush();
  }

  /** True when the socket has taken nothing for so long that nobody can be watching. */
  isStalled(at: number): boolean {
    return this.backlog.isBlocked() && at - this.backlog.blockedSince > this.#stream.cursorLimits.stallMs;
  }

  /** It has not come to `limit`, or its socket did not take all that it was given. */
  isWaiting(limit: number): boolean {
    return !this.#flowing || this.backlog.bytes > 0 || this.#position < limit;
  }

  /** There is more for it than its socket has taken. */
  get isBehind(): boolean {
    return this.#flowing && !this.#paused && this.#position < this.#stream.limit;
  }

  /** Nobody watches with it any more. */
  leave(): void {
    this.#stream.leave(this);
  }

  live(): void {
    this.#owner.live?.();
  }

  unfit(codec: VideoCodec): void {
    if (this.#owner.unfit) this.#owner.unfit(codec);
    else this.end("it cannot take the stream's codec");
  }

  end(reason: string): void {
    this.#paused = true;
    this.#owner.ended(reason);
  }

  /**
   * False while the picture's last frame is a keyframe that no other can be put behind yet. mpegts.js keeps each frame until the next comes, so that this one would be decoded with the
   * configuration of what it goes over to; one that is no keyframe browsers leave out there.
   */
  #isAccompanied(): boolean {
    const { log, limit } = this.#stream;
    if (log.frameBefore(this.#position, "video")?.keyframe !== true) return true;
    const next = pictureFrom(log, this.#position, limit);
    if (next?.keyframe !== false) return false;
    while (this.#position <= next.at) this.#writeNext();
    return true;
  }

  #writeNext(): void {
    const { bytes, to } = this.#wire.batch(this.#position, this.#position + 1);
    if (this.#room !== undefined) this.#room -= bytes.length;
    this.#write(bytes, to);
  }

  #stop(stopped: (atUs: number | undefined) => void, atUs: number | undefined): void {
    this.#paused = true;
    this.#next = undefined;
    stopped(atUs);
  }

  #moveApart(to: Readable, format: Format, sound: Format): void {
    const picture = this.#stream.log.frameBefore(this.#position, "video");
    this.#next = { stream: to, format, apart: this.#next?.apart ?? { pictureUs: picture?.dtsUs ?? 0 } };
    this.#wire = this.#stream.wire(sound);
    this.flush();
  }

  /** How far it may read before it goes over. */
  #approach(next: Target): number {
    const { log, limit } = this.#stream;
    if (next.apart && this.#flowing) return this.#approachApart(next, next.apart);
    const group = this.#flowing ? log.groupAfter(this.#position - 1) : undefined;
    if (this.#flowing && group?.position !== this.#position) return Math.min(limit, group?.position ?? limit);
    if (next.stopped) {
      this.#stop(next.stopped, group?.dtsUs);
      return limit;
    }
    return this.#goOver(next, this.#fromUs ?? group?.dtsUs);
  }

  /** Reads the other log, from its first group at this time or later. */
  #goOver({ stream, format }: Target, fromUs: number | undefined): number {
    this.#next = undefined;
    this.#enter(stream);
    this.#wire = stream.wire(format);
    this.#fromUs = fromUs;
    this.#flowing = false;
    this.#position = 0;
    return stream.limit;
  }

  /** The sound goes on up to the other log's next keyframe. */
  #approachApart(next: Target, { pictureUs }: Apart): number {
    const { log, limit } = this.#stream;
    const group = next.stream.log.groups.find(({ dtsUs }) => dtsUs > pictureUs);
    if (!group || log.headUs < group.dtsUs) return limit;
    const end = log.positionAfter(group.dtsUs);
    if (this.#position < end) return Math.min(limit, end);
    this.#heardUs = log.frameBefore(this.#position, "audio")?.dtsUs;
    return this.#goOver(next, group.dtsUs);
  }

  /** The logs of one stream have the same sound, but what stands next to a keyframe differs where keyframes do. */
  #leaveOutHeard(heardUs: number, limit: number): void {
    const { log } = this.#stream;
    while (this.#position < limit && !this.backlog.isBlocked()) {
      const packet = log.at(this.#position);
      const isSound = packet?.track.kind === "audio";
      if (packet && packet.dtsUs > heardUs + (isSound ? 0 : mixedUs)) break;
      if (isSound) this.#position++;
      else this.#writeNext();
    }
    if (this.#position < limit && !this.backlog.isBlocked()) this.#heardUs = undefined;
  }

  /** The other log's sound, from where the present one has ended. */
  #goOn(to: Readable, sound: Format): void {
    const { log } = this.#stream;
    const last = log.frameBefore(this.#position, "audio") ?? log.at(this.#position - 1);
    this.#enter(to);
    this.#wire = to.wire(sound);
    this.#position = to.log.positionAfter(last?.dtsUs ?? log.headUs);
  }

  #enter(stream: Readable): void {
    if (stream === this.#stream) return;
    const before = this.#stream;
    this.#stream = stream;
    stream.enter(this);
    before.leave(this);
  }

  /** As much as there is room for. */
  #writeWithin(limit: number): void {
    while (this.#position < limit && (this.#room ?? 0) > 0 && !this.backlog.isBlocked()) this.#writeNext();
    if (this.#position < limit) this.backlog.behindSince ||= now();
  }

  /** As much as the socket takes, and a little more. */
  #tryOut(limit: number): void {
    const most = this.backlog.isEasy ? easyBytes : carefulBytes;
    while (this.#position < limit && this.socket.writableLength === 0) {
      const { bytes, to } = this.#wire.batch(this.#position, limit, most);
      this.#write(bytes, to);
    }
  }

  #catchUp(limit: number): void {
    this.socket.cork();
    for (let burst = 0; this.#position < limit && burst < burstBytes; ) {
      const { bytes, to } = this.#wire.batch(this.#position, limit);
      burst += bytes.length;
      if (bytes.length > 0) this.socket.write(bytes);
      this.bytes += bytes.length;
      this.#position = to;
    }
    this.socket.uncork();
    this.backlog.note();
  }

  #write(bytes: Uint8Array, to: number): void {
    this.#position = to;
    if (bytes.length === 0) return;
    writeTo(this.socket, bytes);
    this.bytes += bytes.length;
    this.backlog.note();
  }

  #isLate(log: PacketLog): boolean {
    return this.#position < log.first || log.lagUs(this.#position) > this.#stream.cursorLimits.maxLagUs;
  }

  /** Too far behind: on to a newer group, when there is one, or when one comes. */
  #skip(): void {
    this.skips++;
    this.#flowing = false;
    this.#position++;
  }

  #seek(log: PacketLog): boolean {
    const group = this.#groupFor(log);
    if (!this.#stream.settled || !group || group.position < this.#position || group.position >= this.#stream.limit)
      return false;
    this.#announce(group);
    this.#fromUs = undefined;
    this.#position = group.position;
    this.#flowing = true;
    return true;
  }

  #groupFor(log: PacketLog): Group | undefined {
    const fromUs = this.#fromUs;
    if (fromUs !== undefined) return log.groups.find((group) => group.dtsUs >= fromUs);
    return this.#fromStart && !this.#started ? log.oldestGroup : log.newestGroup;
  }

  #announce(group: Group): void {
    if (this.#started)
      return this.#put(
        this.#wire.format.change(this.#fromUs === undefined ? group : { ...group, metadata: undefined }),
      );
    this.#started = true;
    this.#owner.started?.();
    this.#put(this.#wire.start(group));
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    writeTo(this.socket, bytes);
    this.bytes += bytes.length;
  }
}
