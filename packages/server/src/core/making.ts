/**
 * What becomes of a stream's rungs: `planned`: nobody needs one now; `queued`: there is no room for it yet; `refused`: there is none; `starting`; `running`; `failed`: it is tried again
 * in a moment; `unable`: it cannot be done here.
 */
export type MakingState = "planned" | "queued" | "refused" | "starting" | "running" | "failed" | "unable";

/** How the rungs of a stream are being made, for whoever looks after the server. */
export type Making = {
  readonly state: MakingState;
  /** Why it is so, in words; empty where there is nothing to say. */
  readonly reason: string;
  /** What makes them: "ffmpeg", "nvenc"; empty while nothing does. */
  readonly engine: string;
  readonly encoder: string;
  /** How often it has been started again. */
  readonly restarts: number;
  /** Groups of pictures that were left out because there was no time for them. */
  readonly droppedGroups: number;
  /** What is left out of the ladder so that the rest can be made in time, by name. */
  readonly leftOut: readonly string[];
  /** Processor cores that it is taken to need. */
  readonly cores: number;
};
