import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import type { Readable, Writable } from "node:stream";
import { matroskaFrame, matroskaHeader, type Packet } from "@sluice/media";
import type { EndCause, Job, Told, Transcode } from "../engine.ts";
import { firstOutput } from "./command.ts";
import { childEnvironment } from "./environment.ts";
import { LastLines } from "./last-lines.ts";
import { PictureOutput } from "./picture-output.ts";
import { SmjpegReader } from "./smjpeg-reader.ts";
import { SourceTimes } from "./source-times.ts";

/** How one process is started. */
export type Program = {
  readonly path: string;
  readonly arguments: readonly string[];
  /** How much may wait for it. */
  readonly maxQueuedBytes: number;
};

/** A decoder of reordered pictures keeps one until it has seen some more. Where nothing follows for seconds those are the same once again, at times of which no thumbnail is made. */
const loneKeyframeCopies = 4;
/** What Matroska adds to a frame, and some more. */
const overhead = 64;
/** No encoder keeps its keyframes' distance to the millisecond. */
const earlyUs = 100_000;
const deviceEncoder = /_(nvenc|vaapi|qsv|videotoolbox)\b/;

/** One FFmpeg that does one job: frames in on its stdin, the pictures of each rung out on a pipe of their own. When we are gone its input ends, and so it does. */
export class FfmpegTranscode implements Transcode {
  readonly #job: Job;
  readonly #told: Told;
  readonly #times = new SourceTimes();
  readonly #outputs: PictureOutput[] = [];
  readonly #maxQueuedBytes: number;
  readonly #child: ChildProcess;
  readonly #input: Writable | undefined;
  readonly #said: LastLines | undefined;
  readonly #gone: Promise<void>;
  /** Nothing is told any more. */
  #over = false;
  #begun = false;
  #lastFedUs = Number.NEGATIVE_INFINITY;
  #broken: string | undefined;

  constructor(job: Job, told: Told, program: Program) {
    this.#job = job;
    this.#told = told;
    this.#maxQueuedBytes = program.maxQueuedBytes;
    const pipes = job.rungs.length + (job.thumbnails ? 1 : 0);
    this.#child = spawn(program.path, program.arguments, {
      stdio: ["pipe", "ignore", "pipe", ...Array.from({ length: pipes }, () => "pipe" as const)],
      env: childEnvironment(),
      windowsHide: true,
    });
    this.#input = this.#child.stdin ?? undefined;
    this.#input?.on("error", () => {}); // it is gone; `close` says why
    this.#said = this.#child.stderr ? new LastLines(this.#child.stderr) : undefined;
    yieldToOthers(this.#child.pid);
    this.#read();
    this.#gone = new Promise((resolve) => {
      this.#child.on("error", (error) => this.#end(`ffmpeg cannot be run: ${error.message}`));
      this.#child.on("close", (code, signal) => {
        resolve();
        this.#end(this.#broken ?? `ffmpeg ended with ${signal ?? code}`);
      });
    });
    if (this.#child.pid === undefined) this.#gone = Promise.resolve();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }
  get queuedBytes(): number {
    return this.#input?.writableLength ?? 0;
  }

  feed(packet: Packet): boolean {
    const input = this.#input;
    if (packet.kind !== "frame" || !input?.writable) return true; // when it is gone that is told, and nothing waits
    if (this.#job.rungs.length === 0 && !this.#thumbnailIsDue(packet)) return true;
    const queued = this.queuedBytes;
    if (queued > 0 && queued + packet.data.length + overhead > this.#maxQueuedBytes) return false;
    const timestampMs = this.#times.enter(packet);
    if (timestampMs === undefined) return true;
    if (!this.#begun) input.write(matroskaHeader(this.#job.input));
    this.#begun = true;
    const copies = this.#job.rungs.length === 0 ? loneKeyframeCopies : 1;
    for (let copy = 0; copy < copies; copy++) {
      input.write(matroskaFrame(this.#job.input, timestampMs + copy, packet.keyframe, packet.data));
    }
    this.#lastFedUs = packet.ptsUs;
    return true;
  }

  async stop(): Promise<void> {
    this.#over = true;
    this.#child.kill("SIGKILL");
    await this.#gone;
  }

  /** Of a source without rungs only those keyframes are decoded that become a thumbnail. */
  #thumbnailIsDue({ keyframe, ptsUs }: Packet): boolean {
    const sinceUs = ptsUs - this.#lastFedUs;
    const everyUs = (this.#job.thumbnails?.everySeconds ?? 0) * 1_000_000 - earlyUs;
    return keyframe && (sinceUs < 0 || sinceUs >= everyUs);
  }

  #read(): void {
    this.#job.rungs.forEach(({ codec }, index) => {
      const output = new PictureOutput(codec, this.#times, (packet) => {
        if (!this.#over) this.#told.packet(index, packet);
      });
      this.#outputs.push(output);
      this.#pipe(index, (bytes) => output.push(bytes));
    });
    if (!this.#job.thumbnails) return;
    const images = new SmjpegReader((jpeg, timeMs) => {
      const source = this.#times.at(timeMs);
      if (source && !this.#over) this.#told.thumbnail(jpeg, source.ptsUs);
    });
    this.#pipe(this.#job.rungs.length, (bytes) => images.push(bytes));
  }

  #pipe(index: number, push: (bytes: Uint8Array) => void): void {
    const pipe = this.#child.stdio[firstOutput + index] as Readable | null | undefined;
    pipe?.on("error", () => {}); // `close` says why
    pipe?.on("data", (bytes: Uint8Array) => {
      if (this.#over || this.#broken !== undefined) return;
      try {
        push(bytes);
      } catch (error) {
        this.#broken = `what ffmpeg wrote cannot be read: ${error instanceof Error ? error.message : error}`;
        this.#child.kill("SIGKILL");
      }
    });
  }

  #end(what: string): void {
    if (this.#over) return;
    this.#over = true;
    const said = this.#said?.toString() ?? "";
    this.#told.ended(said === "" ? what : `${what}: ${said}`, this.#cause(said));
  }

  /** A device's encoder that never made a picture, or speaks of itself at the end, is what failed. */
  #cause(said: string): EndCause {
    const { family } = this.#job.encoder;
    if (family === "software" || this.#job.rungs.length === 0) return "failed";
    return deviceEncoder.test(said) || this.#outputs.every(({ frames }) => frames === 0) ? "encoder" : "failed";
  }
}

/** Sockets come first: a late picture is better than a late server. */
function yieldToOthers(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // gone already, or not ours to say
  }
}
