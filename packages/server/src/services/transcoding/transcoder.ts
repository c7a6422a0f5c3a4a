import { describeByFrame, type Packet, type VideoTrack } from "@sluice/media";
import type { MakingState } from "../../core/making.ts";
import type { Group } from "../../core/packet-log.ts";
import type { Rung } from "../../core/rung.ts";
import type { Consumer } from "../../core/stream.ts";
import type { Place } from "./budget.ts";
import { coresFor } from "./cost.ts";
import { type Eased, easings } from "./easing.ts";
import type { EndCause, Job } from "./engine.ts";
import type { Chosen } from "./engines.ts";
import { codecsOf, type LadderPlan, needsMeasure, planLadder } from "./ladder.ts";
import { Measure } from "./measure.ts";
import { Patience } from "./patience.ts";
import { Run } from "./run.ts";
import { described, say, sayDropped, type Told } from "./saying.ts";
import { madeRung, SentSides } from "./sent.ts";
import type { TranscoderParts } from "./transcoder-parts.ts";

/** What is to be made now. */
type Goal = "rungs" | "pictures" | "nothing";

/** A group that began so recently is worth being caught up with. */
const freshUs = 1_000_000;
const nobodyNeedsIt = "nobody needs another quality now";

/** Has one stream's qualities and small pictures made: plans them, starts and stops what makes them, and sees to it that it does. */
export class Transcoder implements Consumer {
  readonly #parts: TranscoderParts;
  readonly #patience: Patience;
  readonly #stopping = new Set<Promise<void>>();
  #leave: (() => void) | undefined;
  #track: VideoTrack | undefined;
  #measure = new Measure();
  readonly #sent = new SentSides();
  #plan: LadderPlan | undefined;
  #steps: readonly Eased[] = [];
  #level = 0;
  #chosen: Chosen | undefined;
  #isChoosing = false;
  /** A device's encoder has turned out not to work. */
  #software = false;
  #place: Place | undefined;
  #run: Run | undefined;
  #goal: Goal = "nothing";
  #isOver = false;
  /** It stays without until something changes. */
  #givenUp = false;
  /** Those that it was decided by. */
  #settings = "";
  #restarts = 0;
  #droppedBefore = 0;

  constructor(parts: TranscoderParts) {
    this.#parts = parts;
    this.#patience = new Patience(parts.clock);
    this.changed();
  }

  /** The settings may have changed: where they have, everything is decided anew. */
  changed(): void {
    const { ladder, thumbnailSeconds } = this.#parts.app();
    this.#givenUp = false;
    const settings = this.#settingsText();
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#leaveAll();
    this.#chosen = undefined;
    this.#plan = undefined;
    this.#software = false;
    this.#patience.reset();
    const isWanted = ladder !== "none" || thumbnailSeconds > 0;
    if (isWanted) this.#leave ??= this.#parts.stream.consume(this);
    else this.#nothingWanted();
  }

  packet(packet: Packet): void {
    const { track, kind, keyframe } = packet;
    if (track.kind !== "video" || track.id !== this.#parts.stream.tracks[0]?.id) return;
    if (kind === "config") this.#configured();
    if (kind !== "frame") return;
    this.#measure.add(packet);
    if (keyframe) {
      this.#track = describeByFrame(track, packet.data);
      if (!this.#run && this.#isReady && this.#startAt(this.#parts.stream.log.newestGroup)) return;
    }
    this.#run?.feed(packet);
  }

  /** Its timeline goes on, and so does what is made of it. */
  source(): void {}

  /** Who watches a rung sees what is in it, and then its end. */
  ended(): void {
    this.#isOver = true;
    this.#stopRun({ rungs: false });
    this.#leaveAll();
  }

  /** Looks at what there is to do. To be called a few times a second. */
  tick(): void {
    if (this.#isOver || !this.#leave) return;
    const { clock } = this.#parts;
    if (this.#sent.changed(this.#parts.stream.ladder) && this.#plan) this.#forgetPlan();
    this.#planOnce();
    const run = this.#run;
    if (run?.look() === "hung") this.#hung(run);
    if (run && this.#run === run) this.#patience.ranSince(run.startedAt);
    this.#steer(this.#wanted(clock()));
    const { making } = this.#parts.stream.ladder;
    if (making) this.#tell(making.state, making.reason);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#leave?.();
    this.#stopRun();
    this.#leaveAll();
    await Promise.all(this.#stopping);
  }

  /** As it was measured, or as the encoder says; 0 where neither is known. */
  get #frameRate(): number {
    return this.#measure.frameRate || (this.#track?.frameRate ?? 0);
  }
  get #told(): Told {
    const { stream, events, log } = this.#parts;
    return { stream: stream.name.path, events, log };
  }
  get #isReady(): boolean {
    return this.#chosen !== undefined && this.#place !== undefined && this.#goal !== "nothing" && this.#patience.isOver;
  }

  /** How the picture decodes is new: what was planned for the one before is not for it. */
  #configured(): void {
    this.#forgetPlan();
    this.#givenUp = false;
    this.#track = undefined;
    this.#measure = new Measure();
    this.#software = false;
    this.#patience.reset();
  }

  #forgetPlan(): void {
    this.#leaveAll();
    this.#plan = undefined;
  }

  #settingsText(): string {
    const { ffmpeg, encoder, preset } = this.#parts.server();
    return JSON.stringify([this.#parts.app(), ffmpeg, encoder, preset]);
  }

  #planOnce(): void {
    const { stream, app, server } = this.#parts;
    const { ladder } = app();
    const track = this.#track;
    if (this.#plan || !track || (needsMeasure(ladder) && !this.#measure.isDone)) return;
    const { width = 0, height = 0 } = track;
    const sent = this.#sent.sides;
    const source = { width, height, frameRate: this.#frameRate, bitrate: this.#measure.bitrate, sent };
    this.#plan = planLadder(ladder, source, server().preset);
    this.#steps = easings(this.#plan);
    this.#level = 0;
    const { rungs, soundOnly } = this.#plan;
    if (rungs.length + stream.ladder.rungs.length > 0 || soundOnly !== stream.ladder.soundOnly)
      stream.ladder.plan(rungs, { soundOnly });
    if (rungs.length > 0) this.#tell("planned", "");
    else if (ladder !== "none" && width === 0) this.#tell("unable", "the size of the source's picture is not known");
  }

  #wanted(at: number): Goal {
    const { stream, app } = this.#parts;
    if (!this.#plan || stream.state === "waiting" || stream.state === "ended") return "nothing";
    const { start, idleMs, thumbnailSeconds } = app();
    const isNeeded = start === "stream" || at - stream.ladder.wantedAt < idleMs;
    if (this.#plan.rungs.length > 0 && isNeeded) return "rungs";
    return thumbnailSeconds > 0 ? "pictures" : "nothing";
  }

  #steer(goal: Goal): void {
    if (goal !== this.#goal) {
      const hadRungs = this.#goal === "rungs";
      this.#leaveAll();
      this.#goal = goal;
      this.#givenUp = false;
      this.#chosen = undefined;
      if (hadRungs && this.#plan) this.#tell("planned", nobodyNeedsIt);
    }
    if (goal === "nothing" || this.#givenUp || !this.#patience.isOver) return;
    if (this.#run) return this.#easeUp();
    if (!this.#chosen) return void this.#choose();
    if (!this.#place && !this.#enter(this.#chosen)) return;
    const { log } = this.#parts.stream;
    const group = log.newestGroup;
    if (group && log.headUs - group.dtsUs < freshUs && this.#isPicture(group)) this.#startAt(group);
  }

  async #choose(): Promise<void> {
    const plan = this.#plan;
    if (this.#isChoosing || !plan) return;
    this.#isChoosing = true;
    const goal = this.#goal;
    const codecs = goal === "rungs" ? codecsOf(this.#parts.app().ladder) : [];
    try {
      const chosen = await this.#parts.engines.choose(codecs, this.#software);
      if (plan === this.#plan && goal === this.#goal) this.#chosen = chosen;
    } catch (error) {
      if (plan !== this.#plan || goal !== this.#goal) return;
      this.#givenUp = true;
      this.#tell("unable", error instanceof Error ? error.message : String(error));
    } finally {
      this.#isChoosing = false;
    }
    if (!this.#isOver) this.#steer(this.#goal);
  }

  /** Takes a place in the machine's budget: for the whole ladder, or for as much of it as there is room for. */
  #enter(chosen: Chosen): boolean {
    const { budget, server } = this.#parts;
    let reason = "";
    const last = this.#goal === "rungs" ? this.#steps.length - 1 : this.#level;
    for (let level = this.#level; level <= last; level++) {
      const place = budget.enter(this.#load(level, chosen));
      if (typeof place !== "string") {
        if (level > this.#level) this.#eased(level, reason);
        this.#level = level;
        this.#place = place;
        return true;
      }
      reason = place;
    }
    this.#givenUp = server().whenFull === "refuse";
    this.#tell(this.#givenUp ? "refused" : "queued", reason);
    return false;
  }

  #load(level: number, { family }: Chosen) {
    const hasLadder = this.#goal === "rungs";
    const { rungs, presets } = this.#steps[level] ?? { rungs: [], presets: [] };
    const cores = coresFor({
      input: this.#track,
      frameRate: this.#frameRate,
      rungs: hasLadder ? rungs : [],
      presets,
      family,
    });
    return { hasLadder, cores };
  }

  #isPicture(group: Group): boolean {
    const first = this.#parts.stream.log.at(group.position);
    return first?.track.kind === "video" && first.keyframe;
  }

  /** Begins with a group of the source, and with what has come of it already. False when it is none. */
  #startAt(group: Group | undefined): boolean {
    const { stream, app, clock } = this.#parts;
    const [step, chosen, track] = [this.#steps[this.#level], this.#chosen, this.#track];
    if (!group || !step || !chosen || !track || !this.#isPicture(group)) return false;
    const { thumbnailSeconds, thumbnailWidth } = app();
    const plans = this.#goal === "rungs" ? step.rungs : [];
    const rungs = plans
      .map(({ name }) => madeRung(stream.ladder, name))
      .filter((rung): rung is Rung => rung !== undefined);
    const frameRate = this.#frameRate;
    const job: Job = {
      input: frameRate > 0 ? { ...track, frameRate } : track,
      rungs: rungs.map(({ plan }) => plan),
      encoder: { family: chosen.family, presets: step.presets },
      ...(thumbnailSeconds > 0 ? { thumbnails: { everySeconds: thumbnailSeconds, width: thumbnailWidth } } : {}),
    };
    for (const rung of rungs) rung.begin(group);
    const run = new Run({
      engine: chosen.engine,
      job,
      rungs,
      clock,
      thumbnail: (jpeg, timeUs) => stream.pictures.add({ jpeg, timeUs }, stream.oldestUs),
      began: () => this.#tell("running", ""),
      dropped: (reason) => this.#dropped(reason),
      ended: (reason, cause) => {
        this.#stopRun();
        this.#failed(reason, cause);
      },
    });
    if (run.isOver) return true;
    this.#run = run;
    this.#place?.done(run.pid);
    this.#tell("starting", "");
    for (let at = group.position; at < stream.log.head && this.#run === run; at++) {
      const packet = stream.log.at(at);
      if (packet?.kind === "frame" && packet.track.kind === "video" && packet.track.id === track.id) run.feed(packet);
    }
    return true;
  }

  #failed(reason: string, cause: EndCause): void {
    this.#restarts++;
    const isDevice =
      cause === "encoder" && this.#chosen?.family !== "software" && this.#parts.server().encoder === "auto";
    if (isDevice) {
      this.#software = true;
      this.#chosen = undefined;
      this.#leaveAll();
      return this.#tell("failed", `${reason}; the processor encodes from now on`);
    }
    const seconds = this.#patience.failed() / 1000;
    this.#tell("failed", `${reason}; it is started again in ${seconds} s`);
  }

  /** What was late before it fell silent has too much to do. */
  #hung(run: Run): void {
    this.#stopRun();
    this.#failed("nothing came out of it for two seconds", "failed");
    if (run.droppedGroups > 0) this.#easeDown();
  }

  #dropped(reason: string): void {
    sayDropped(this.#told, reason);
    if (this.#patience.dropped()) this.#easeDown();
  }

  /** Begins anew, at the next keyframe, with less work where there is less. */
  #easeDown(): void {
    if (this.#level >= this.#steps.length - 1) return;
    this.#level++;
    this.#eased(this.#level, "it does not keep up");
    this.#leaveAll();
  }

  /** After a long time in which it kept up, more is tried once more. */
  #easeUp(): void {
    const chosen = this.#chosen;
    if (this.#level === 0 || !chosen || this.#goal !== "rungs" || !this.#patience.isCalm) return;
    this.#patience.tried();
    const place = this.#place;
    place?.leave();
    const more = this.#parts.budget.enter(this.#load(this.#level - 1, chosen));
    const kept = typeof more === "string" ? this.#parts.budget.enter(this.#load(this.#level, chosen)) : more;
    this.#place = typeof kept === "string" ? undefined : kept;
    if (typeof more === "string") return void this.#place?.done(this.#run?.pid);
    say(this.#told, "resumed", `it has kept up for a while: ${described(this.#steps[this.#level - 1])}`);
    this.#stopRun();
    this.#level--;
  }

  #eased(level: number, reason: string): void {
    say(this.#told, "eased", `${reason}: ${described(this.#steps[level])}`);
  }

  #stopRun({ rungs = true } = {}): void {
    const { log, stream } = this.#parts;
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    this.#droppedBefore += run.droppedGroups;
    this.#place?.done(undefined);
    for (const { name } of rungs ? run.job.rungs : []) madeRung(stream.ladder, name)?.stop();
    const failed = (error: unknown) =>
      log.error({ stream: stream.name.path, error: String(error) }, "a transcoder did not stop");
    const stopped = run.stop().catch(failed);
    this.#stopping.add(stopped);
    void stopped.then(() => this.#stopping.delete(stopped));
  }

  #leaveAll(): void {
    this.#stopRun();
    this.#place?.leave();
    this.#place = undefined;
  }

  #nothingWanted(): void {
    const { ladder } = this.#parts.stream;
    this.#leave?.();
    this.#leave = undefined;
    ladder.making = undefined;
    if (ladder.rungs.length > 0 || ladder.soundOnly) ladder.plan([]);
  }

  /** Notes how it stands, where whoever looks after the server finds it. */
  #tell(state: MakingState, reason: string): void {
    const { ladder } = this.#parts.stream;
    const before = ladder.making;
    ladder.making = {
      state,
      reason,
      engine: this.#chosen?.engine.name ?? "",
      encoder: this.#chosen?.family ?? "",
      restarts: this.#restarts,
      leftOut: this.#steps[this.#level]?.leftOut ?? [],
      cores: this.#place?.cores ?? 0,
      droppedGroups: this.#droppedBefore + (this.#run?.droppedGroups ?? 0),
    };
    // Why it waits differs each time that it asks.
    if (before?.state !== state || (before.reason !== reason && state !== "queued")) say(this.#told, state, reason);
  }
}
