import { now } from "../../core/clock.ts";
import { processSeconds } from "./process-time.ts";

export type BudgetSettings = {
  /** Processor cores. */
  readonly budget: number;
  /** 0 for any number. */
  readonly maxStreams: number;
};

/** `cores` is a guess. Small pictures alone are no ladder. */
export type Load = { readonly cores: number; readonly hasLadder: boolean };

/** Room for one job. */
export type Place = {
  readonly cores: number;
  /** The process that does it, or none for now. */
  done(pid: number | undefined): void;
  leave(): void;
};

type Job = Load & {
  pid: number | undefined;
  /** What the process had taken when it was last looked at. */
  seen: { readonly seconds: number; readonly at: number } | undefined;
  /** Cores that it really takes. */
  measured: number | undefined;
};

const smoothing = 0.3;
/** A process that has just begun has read and written nothing yet, or catches up. */
const warmMs = 4_000;
/** How far guesses may be off before they are taken to be about something else. */
const leastFactor = 0.25;
const mostFactor = 4;

/** What transcoding takes of this machine. A job for which there is no room is not begun, so that those which run are not ruined. */
export class Budget {
  /** What guesses have to be multiplied with, as this machine's jobs have shown. */
  factor = 1;
  readonly #settings: () => BudgetSettings;
  readonly #seconds: typeof processSeconds;
  readonly #clock: () => number;
  readonly #jobs = new Set<Job>();

  constructor(
    settings: () => BudgetSettings,
    seconds: typeof processSeconds = processSeconds,
    clock: () => number = now,
  ) {
    this.#settings = settings;
    this.#seconds = seconds;
    this.#clock = clock;
  }

  /** Cores that are taken, as far as it is known. */
  get used(): number {
    let sum = 0;
    for (const job of this.#jobs) sum += this.#coresOf(job);
    return sum;
  }

  /** Room for a job, or in words why there is none. */
  enter(load: Load): Place | string {
    const { budget, maxStreams } = this.#settings();
    const ladders = [...this.#jobs].filter(({ hasLadder }) => hasLadder).length;
    if (load.hasLadder && maxStreams > 0 && ladders >= maxStreams)
      return `${ladders === 1 ? "one stream has a ladder" : `${ladders} streams have ladders`}, and no more may (transcoding.maxStreams)`;
    const needed = load.cores * this.factor;
    const free = budget - this.used;
    if (needed > free)
      return `it would take about ${cores(needed)}, and ${cores(Math.max(0, free))} of ${budget} ${free === 1 ? "is" : "are"} free (transcoding.budget)`;
    const job: Job = { ...load, pid: undefined, seen: undefined, measured: undefined };
    this.#jobs.add(job);
    const coresOf = () => this.#coresOf(job);
    return {
      get cores() {
        return coresOf();
      },
      done: (pid) => {
        if (job.pid !== pid) job.seen = undefined;
        job.pid = pid;
      },
      leave: () => void this.#jobs.delete(job),
    };
  }

  /** Looks at what the jobs really take. To be called every few seconds. */
  async measure(): Promise<void> {
    await Promise.all(Array.from(this.#jobs, (job) => this.#measure(job)));
    let [guessed, measured] = [0, 0];
    for (const job of this.#jobs) {
      if (job.measured === undefined || !job.hasLadder) continue;
      guessed += job.cores;
      measured += job.measured;
    }
    if (guessed === 0) return;
    const seen = Math.min(mostFactor, Math.max(leastFactor, measured / guessed));
    this.factor += (seen - this.factor) * smoothing;
  }

  async #measure(job: Job): Promise<void> {
    const { pid } = job;
    const seconds = pid === undefined ? undefined : await this.#seconds(pid);
    if (seconds === undefined || job.pid !== pid) return;
    const at = this.#clock();
    const before = job.seen;
    if (!before) {
      job.seen = { seconds, at };
      return;
    }
    if (at - before.at < warmMs) return;
    const taken = ((seconds - before.seconds) * 1000) / (at - before.at);
    job.measured = job.measured === undefined ? taken : job.measured + (taken - job.measured) * smoothing;
    job.seen = { seconds, at };
  }

  #coresOf(job: Job): number {
    return job.measured ?? job.cores * this.factor;
  }
}

function cores(count: number): string {
  const text = count.toFixed(1);
  return text === "1.0" ? "1 processor core" : `${text} processor cores`;
}
