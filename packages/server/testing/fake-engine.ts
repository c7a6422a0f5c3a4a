import type { Packet } from "@sluice/media";
import {
  type EndCause,
  type Engine,
  type Job,
  type Told,
  TranscodingError,
} from "../src/services/transcoding/engine.ts";
import { config, videoTrack } from "./synthetic.ts";

/** A job of the fake engine, and what a test can make of it. */
export type FakeJob = {
  readonly job: Job;
  /** What it was fed. */
  readonly fed: readonly Packet[];
  readonly stopped: boolean;
  /** `works`: all comes out at once; `silent`: nothing does; `full`: nothing is taken. */
  mode: "works" | "silent" | "full";
  /** Lets out so many of the frames that are missing; all unless said. */
  letOut(count?: number): void;
  crash(reason: string, cause?: EndCause): void;
};

/** One whose program is not there. */
export const missingEngine: Engine = {
  name: "missing",
  version: () => Promise.reject(new TranscodingError("transcoding/ffmpeg", "missing is not there: install FFmpeg")),
  choose: () => Promise.reject(new Error("it was asked for its version first")),
  start: () => {
    throw new Error("it was asked for its version first");
  },
};

/** An engine that only pretends: each frame comes out as it went in, for every rung. */
export function fakeEngine(mode: FakeJob["mode"] = "works"): {
  engine: Engine;
  jobs: FakeJob[];
  choices: string[];
  mode: FakeJob["mode"];
} {
  const jobs: FakeJob[] = [];
  const choices: string[] = [];
  const fake = {
    mode,
    jobs,
    choices,
    engine: {
      name: "fake",
      version: async () => "fake 1",
      choose: async (wanted, codecs) => {
        choices.push(`${wanted} ${codecs}`);
        return wanted === "auto" ? "vaapi" : wanted;
      },
      start: (job, told) => start(job, told),
    } satisfies Engine as Engine,
  };
  const start = (job: Job, told: Told) => {
    const fed: Packet[] = [];
    let out = 0;
    const made = {
      job,
      fed,
      stopped: false,
      mode: fake.mode,
      letOut: (count = Number.POSITIVE_INFINITY) => {
        for (const end = Math.min(fed.length, out + count); out < end && !made.stopped; out++)
          answer(job, told, fed[out] as Packet, out === 0);
      },
      crash: (reason: string, cause: EndCause = "failed") => {
        if (!made.stopped) told.ended(reason, cause);
        made.stopped = true;
      },
    };
    jobs.push(made);
    return {
      pid: undefined,
      queuedBytes: 0,
      feed: (packet: Packet) => {
        if (made.mode === "full") return false;
        fed.push(packet);
        if (made.mode === "works") made.letOut();
        return true;
      },
      stop: async () => {
        made.stopped = true;
      },
    };
  };
  return fake;
}

function answer(job: Job, told: Told, packet: Packet, isFirst: boolean): void {
  job.rungs.forEach((_, index) => {
    if (isFirst) told.packet(index, config(videoTrack, packet.dtsUs / 1000));
    told.packet(index, { ...packet, track: videoTrack });
  });
  if (job.thumbnails && packet.keyframe) told.thumbnail(Buffer.from(`jpeg ${packet.dtsUs}`), packet.ptsUs);
}
