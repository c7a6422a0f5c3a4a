import type { Packet } from "@sluice/media";
import { Audience } from "./audience.ts";
import { now } from "./clock.ts";
import type { Cursor } from "./cursor.ts";
import type { CursorLimits } from "./cursor-owner.ts";
import type { Pacer, Passed } from "./pacer.ts";
import { type Group, type LogLimits, PacketLog } from "./packet-log.ts";
import type { Past } from "./past.ts";

export type ReplaySettings = { readonly log: LogLimits; readonly cursor: CursorLimits };

/** How many packets are asked for at once: a few seconds of them. */
const readAhead = 256;
/** What is late, because the disk was slow or the source sent much at once, comes in steps that no viewer is moved forward for. The rest is left to the next pass. */
const maxStepUs = 1_000_000;
const maxPerPass = 1_000;
/** A source from which nothing has come for so long is not waited for. */
const silenceMs = 1_000;

/**
 * A stream as it was some time ago: a log that is filled with the stream's past at the pace of real time, and an audience that reads it as others read the stream. Positions and
 * times are the stream's own. Viewers who are about as far behind share one.
 */
export class Replay implements Passed {
  readonly audience: Audience;
  readonly #log: PacketLog;
  readonly #past: Past;
  readonly #pacer: Pacer;
  /** The time in the stream that its viewers may see. */
  #dueUs: number;
  #delayUs: number;
  #at = now();
  /** The time of the stream's newest packet, and when it was seen first. */
  #headUs = 0;
  #headAt = 0;
  /** What has been read and is not due yet. */
  #ahead: { readonly from: number; readonly packets: readonly Packet[] } = { from: 0, packets: [] };
  #loading = false;
  /** The group at or after the position that comes next. */
  #group: Group | undefined;

  /** It begins with the group; what is not after `dueUs` is for its viewers at once. */
  constructor(past: Past, pacer: Pacer, settings: ReplaySettings, group: Group, dueUs: number) {
    this.#past = past;
    this.#pacer = pacer;
    this.#log = new PacketLog(settings.log, undefined, group.position);
    this.#dueUs = dueUs;
    this.#delayUs = past.log.headUs - dueUs;
    this.audience = new Audience(this.#log, settings.cursor);
    this.audience.settled = true;
  }

  get cursors(): ReadonlySet<Cursor> {
    return this.audience.cursors;
  }
  get dueUs(): number {
    return this.#dueUs;
  }
  /** It has come to the end of what there is. */
  get atEnd(): boolean {
    return this.#log.head === this.#past.log.head;
  }

  /** Takes over what has become due. */
  advance(): void {
    this.#tick();
    const { headUs } = this.#log;
    const beginning = this.#log.first === this.#log.head;
    for (let count = 0; ; count++) {
      const position = this.#log.head;
      const packet = this.#packet(position);
      if (!packet || packet.dtsUs > this.#dueUs) break;
      if (count >= maxPerPass || (count > 0 && !beginning && packet.dtsUs > headUs + maxStepUs)) {
        this.#pacer.touch(this);
        break;
      }
      this.#log.follow(packet, this.#groupAt(position));
    }
    if (this.#log.trim()) this.audience.trim();
    this.audience.advance();
  }

  /**
   * As far behind the stream as at first. When the source has fallen silent the replay goes on in real time, up to what there is; and it goes on so when the source returns,
   * rather than wait for the distance to be restored.
   */
  #tick(): void {
    const at = now();
    const { headUs } = this.#past.log;
    if (headUs !== this.#headUs) this.#headAt = at;
    this.#headUs = headUs;
    const followed = headUs - this.#delayUs;
    const silentMs = at - this.#headAt;
    const ahead = this.#dueUs > followed;
    const paced = ahead
      ? this.#dueUs + (at - this.#at) * 1000
      : followed + (silentMs > silenceMs ? silentMs * 1000 : 0);
    this.#dueUs = Math.min(headUs, Math.max(followed, paced));
    this.#at = at;
  }

  /** The packet at a position, if it is at hand; otherwise it is sent for. */
  #packet(position: number): Packet | undefined {
    const { from, packets } = this.#ahead;
    const found = packets[position - from];
    if (found || this.#loading || position >= this.#past.log.head) return found;
    const read = this.#past.read(position, position + readAhead);
    if (read instanceof Promise) {
      this.#loading = true;
      void read.then((late) => this.#arrived(position, late));
      return undefined;
    }
    if (read.length === 0) return this.#jump(position);
    this.#takeAhead(position, read);
    return read[0];
  }

  #arrived(position: number, packets: readonly Packet[]): void {
    this.#loading = false;
    if (this.audience.cursors.size === 0) return;
    if (packets.length > 0) this.#takeAhead(position, packets);
    this.#pacer.touch(this);
  }

  /** What comes next is asked for now, so that the disk has answered when it is needed. */
  #takeAhead(from: number, packets: readonly Packet[]): void {
    this.#ahead = { from, packets };
    const end = from + packets.length;
    void this.#past.read(end, end + readAhead);
  }

  /** What should come next is not kept any more: on at the oldest place that is. */
  #jump(position: number): undefined {
    const group = this.#past.groupFrom(Math.max(position, this.#past.first));
    if (!group) return;
    this.#log.jump(group.position);
    this.audience.trim();
    this.#dueUs = Math.max(this.#dueUs, group.dtsUs);
    this.#delayUs = this.#past.log.headUs - this.#dueUs;
    this.#pacer.touch(this);
  }

  #groupAt(position: number): Group | undefined {
    if (!this.#group || this.#group.position < position) this.#group = this.#past.groupFrom(position);
    return this.#group?.position === position ? this.#group : undefined;
  }
}
