import { createHash } from "node:crypto";
import type { Packet } from "@sluice/media";
import { now } from "../../core/clock.ts";

/** Where one connection's packets end and the other's begin. `exact`: both clocks were found to be the same stream's, and the packets have its times. */
export type Seam = { readonly exact: boolean; readonly packets: readonly Packet[] };

type Mark = { readonly print: string; readonly dtsUs: number };

const maxMarks = 32;
const maxBytes = 32 * 1024 * 1024;
/** The old connection has given all that it has when nothing has come for so long. */
const silentMs = 1_000;
/** How long the same picture is looked for on both connections while both send. */
const searchMs = 5_000;

/**
 * Goes over from one connection to another that carries the same stream, without a loss or a repetition: the same keyframe is looked for on both, which tells how far apart their clocks are. The old one is taken up to a
 * keyframe that it has not sent yet, the new one from it on. Where the new one begins with what the old one never had (its publisher moved too), it follows when the old one is silent.
 */
export class Splice {
  /** The keyframes that the old connection sent lately. */
  readonly #marks: Mark[] = [];
  #lastUs = 0;
  #lastSoundUs = Number.NEGATIVE_INFINITY;
  #heardAt = now();
  /** What the new one has sent, from its first keyframe on, and what says how it decodes. */
  #kept: Packet[] = [];
  #setup: Packet[] = [];
  #keptBytes = 0;
  #begunAt: number | undefined;
  #shiftUs: number | undefined;
  #hasPicture = false;
  #hasEnded = false;

  /** A packet of the old connection, before it is appended. False when that should not be: the new one has it, and is due. */
  old(packet: Packet): boolean {
    if (packet.kind !== "frame") return true;
    if (packet.track.kind === "video") this.#hasPicture = true;
    if (this.#isAnchor(packet)) {
      const mark = markOf(packet);
      this.#marks.push(mark);
      if (this.#marks.length > maxMarks) this.#marks.shift();
      this.#search();
    }
    const dueUs = this.#dueUs();
    const decides = packet.track.kind === "video" || !this.#hasPicture;
    if (dueUs !== undefined && decides && packet.dtsUs >= dueUs) return false;
    this.#heardAt = now();
    this.#lastUs = Math.max(this.#lastUs, packet.dtsUs);
    if (packet.track.kind === "audio") this.#lastSoundUs = Math.max(this.#lastSoundUs, packet.dtsUs);
    return true;
  }

  /** A packet of the new connection. */
  new(packet: Packet): void {
    if (packet.kind !== "frame") {
      this.#setup.push(packet);
      if (this.#setup.length > maxMarks) this.#setup.shift();
      return;
    }
    if (packet.track.kind === "video") this.#hasPicture = true;
    const isAnchor = this.#isAnchor(packet);
    if (this.#kept.length === 0 && !isAnchor && packet.track.kind === "video") return;
    this.#begunAt ??= isAnchor ? now() : undefined;
    if (isAnchor && this.#keptBytes > maxBytes) this.#forget();
    if (this.#keptBytes > 2 * maxBytes) return; // a server that sends no keyframes
    this.#kept.push(packet);
    this.#keptBytes += packet.data.length;
    if (isAnchor) this.#search();
  }

  /** The old connection is gone. */
  ended(): void {
    this.#hasEnded = true;
  }

  /** What the new connection goes on with, once it is time for it. `reached`: the old one has come to where the new one begins. */
  seam(reached = false): Seam | undefined {
    const isSilent = this.#hasEnded || now() - this.#heardAt >= silentMs;
    if (this.#shiftUs !== undefined) {
      const dueUs = this.#dueUs();
      if (dueUs === undefined || !(reached || isSilent)) return undefined;
      return { exact: true, packets: this.#from(dueUs, this.#shiftUs) };
    }
    if (this.#begunAt === undefined) return undefined;
    if (!isSilent) {
      if (now() - this.#begunAt < searchMs) return undefined;
      this.#forget();
    }
    return { exact: false, packets: [...this.#setup, ...this.#kept] };
  }

  /** How much later the old connection's clock is; 0 where that is not known. */
  get shiftUs(): number {
    return this.#shiftUs ?? 0;
  }

  /** The time of the first keyframe that only the new connection need give. */
  #dueUs(): number | undefined {
    const shiftUs = this.#shiftUs;
    if (shiftUs === undefined) return undefined;
    const found = this.#kept.find((packet) => this.#isAnchor(packet) && packet.dtsUs + shiftUs > this.#lastUs);
    return found && found.dtsUs + shiftUs;
  }

  #search(): void {
    if (this.#shiftUs !== undefined) return;
    const anchors = this.#kept.filter((packet) => this.#isAnchor(packet));
    for (const anchor of anchors) {
      const mine = markOf(anchor);
      const same = this.#marks.filter(({ print }) => print === mine.print);
      const equal = same.find(({ dtsUs }) => dtsUs === mine.dtsUs);
      const [only] = same;
      const found = equal ?? (same.length === 1 ? only : undefined);
      if (!found) continue; // a still picture, whose keyframes are all alike
      this.#shiftUs = found.dtsUs - mine.dtsUs;
      return;
    }
  }

  /** The new one's packets in the old one's time: pictures from the keyframe on, and sound that has not been heard. */
  #from(dueUs: number, shiftUs: number): Packet[] {
    const moved = (packet: Packet): Packet =>
      shiftUs === 0 ? packet : { ...packet, dtsUs: packet.dtsUs + shiftUs, ptsUs: packet.ptsUs + shiftUs };
    const wanted = ({ track, dtsUs }: Packet) => (track.kind === "video" ? dtsUs >= dueUs : dtsUs > this.#lastSoundUs);
    return [...this.#setup.map(moved), ...this.#kept.map(moved).filter(wanted)];
  }

  /** Keeps only what follows the newest keyframe. */
  #forget(): void {
    const at = this.#kept.findLastIndex((packet) => this.#isAnchor(packet));
    this.#kept = at < 0 ? [] : this.#kept.slice(at);
    this.#keptBytes = this.#kept.reduce((sum, { data }) => sum + data.length, 0);
  }

  /** A place where decoding can begin: a picture's keyframe, or any sound where there is no picture. */
  #isAnchor({ track, keyframe }: Packet): boolean {
    return keyframe && (track.kind === "video" ? track.id === 0 : !this.#hasPicture && track.kind === "audio");
  }
}

function markOf({ data, dtsUs }: Packet): Mark {
  return { print: createHash("sha256").update(data).digest("base64"), dtsUs };
}
