import type { Packet } from "@sluice/media";
import type { Rung } from "../../core/rung.ts";
import type { EndCause, Engine, Job, Transcode } from "./engine.ts";

export type RunParts = {
  readonly engine: Engine;
  readonly job: Job;
  /** In the order of the job's. */
  readonly rungs: readonly Rung[];
  clock(): number;
  thumbnail(jpeg: Uint8Array, timeUs: number): void;
  /** The first picture of every rung, or the first small one, has come out. */
  began(): void;
  /** A group of pictures is left out, or the rest of one. */
  dropped(reason: string): void;
  ended(reason: string, cause: EndCause): void;
};

/** How a run does: `hung` is when nothing comes out of it any more. */
export type Pulse = "well" | "hung";

/** Decoders and encoders hold a few frames back until more come: only what is behind so many must have come out. */
const held = 12;
/** A program may take its time to begin. */
const startMs = 10_000;
/** Together with what it takes to feed `held` frames and to look, this is less than two seconds. */
const silentMs = 1_750;
const unansweredMs = 1_350;
/** When it is further behind than this, groups are left out until it is nearer than that. */
const behindMs = 1_200;
const nearMs = 300;
/** What had come together while it began may take longer. */
const catchUpMs = 5_000;
/** Of this many keyframes at least one makes a small picture. */
const maxUnpictured = 3;

type Fed = { readonly dtsUs: number; readonly at: number };

/** One process that makes a stream's qualities, or its small pictures alone: it is fed, watched, and what comes out goes into the rungs. */
export class Run {
  readonly job: Job;
  readonly startedAt: number;
  droppedGroups = 0;
  readonly #parts: RunParts;
  readonly #transcode: Transcode;
  /** What has been fed and has not come out, the oldest first. */
  readonly #pending: Fed[] = [];
  /** The time up to which each rung has come out. */
  readonly #outUs: number[];
  #advancedAt: number;
  #beganAt: number | undefined;
  #dropping = false;
  #unpictured = 0;
  #lastFedUs = Number.NEGATIVE_INFINITY;
  #isOver = false;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.job = parts.job;
    this.startedAt = parts.clock();
    this.#advancedAt = this.startedAt;
    this.#outUs = parts.rungs.map(() => Number.NEGATIVE_INFINITY);
    this.#transcode = parts.engine.start(parts.job, {
      packet: (index, packet) => this.#out(index, packet),
      thumbnail: (jpeg, timeUs) => this.#picture(jpeg, timeUs),
      ended: (reason, cause) => this.#end(reason, cause),
    });
  }

  get pid(): number | undefined {
    return this.#transcode.pid;
  }
  get isOver(): boolean {
    return this.#isOver;
  }
  get #hasRungs(): boolean {
    return this.#outUs.length > 0;
  }

  /** A frame of the source's picture; the first is a keyframe. */
  feed(packet: Packet): void {
    if (this.#isOver) return;
    if (!this.#hasRungs) return this.#feedKeyframe(packet);
    if (packet.keyframe) this.#atKeyframe();
    if (this.#dropping) return;
    if (this.#transcode.feed(packet)) this.#pending.push({ dtsUs: packet.dtsUs, at: this.#parts.clock() });
    else this.#drop("it takes nothing more");
  }

  /** How it does. To be called a few times a second. */
  look(): Pulse {
    const at = this.#parts.clock();
    if (!this.#hasRungs) return this.#unpictured > maxUnpictured ? "hung" : "well";
    const unanswered = this.#unansweredMs(at);
    if (this.#beganAt === undefined) return unanswered >= startMs ? "hung" : "well";
    if (at - this.#advancedAt >= silentMs && unanswered >= unansweredMs) return "hung";
    const most = at - this.#beganAt < catchUpMs ? catchUpMs : behindMs;
    if (unanswered >= most) this.#drop(behind(unanswered));
    return "well";
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#transcode.stop();
  }

  /** Small pictures alone need no more than a keyframe now and then. */
  #feedKeyframe(packet: Packet): void {
    const everyUs = (this.job.thumbnails?.everySeconds ?? 1) * 1_000_000;
    if (!packet.keyframe || packet.dtsUs < this.#lastFedUs + everyUs) return;
    if (!this.#transcode.feed(packet)) return;
    this.#lastFedUs = packet.dtsUs;
    this.#unpictured++;
  }

  #atKeyframe(): void {
    if (!this.#dropping) return;
    this.#dropping = false;
    const unanswered = this.#unansweredMs(this.#parts.clock());
    if (unanswered > nearMs) this.#drop(behind(unanswered));
  }

  #drop(reason: string): void {
    if (this.#dropping) return;
    this.#dropping = true;
    this.droppedGroups++;
    this.#parts.dropped(reason);
  }

  /** How long something has not come out that should have. */
  #unansweredMs(at: number): number {
    const late = this.#pending[held];
    return late ? at - late.at : 0;
  }

  #out(index: number, packet: Packet): void {
    if (this.#isOver) return;
    this.#parts.rungs[index]?.append(packet);
    if (packet.kind !== "frame") return;
    this.#outUs[index] = packet.dtsUs;
    const throughUs = Math.min(...this.#outUs);
    if (throughUs === Number.NEGATIVE_INFINITY) return;
    const answered = this.#pending.findIndex(({ dtsUs }) => dtsUs > throughUs);
    const count = answered < 0 ? this.#pending.length : answered;
    if (count === 0) return;
    this.#pending.splice(0, count);
    this.#advancedAt = this.#parts.clock();
    this.#begin();
  }

  #picture(jpeg: Uint8Array, timeUs: number): void {
    if (this.#isOver) return;
    this.#unpictured = 0;
    this.#parts.thumbnail(jpeg, timeUs);
    if (!this.#hasRungs) this.#begin();
  }

  #begin(): void {
    if (this.#beganAt !== undefined) return;
    this.#beganAt = this.#parts.clock();
    this.#parts.began();
  }

  #end(reason: string, cause: EndCause): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.ended(reason, cause);
  }
}

function behind(ms: number): string {
  return `it is ${(ms / 1000).toFixed(1)} s behind`;
}
