/**
 * What a player is doing. `idle`: not asked to play yet. `blocked`: the browser waits for a click. `waiting`: nobody is live yet. `held`: the publisher's connection was lost.
 * `slow`: nothing comes. `stopped`: paused, and still connected; `paused`: let go. `lost`, `offline`: the stream, or the server, cannot be had. `unsupported`: a codec that this
 * browser does not play. `incapable`: no way at all.
 */
export type State =
  | "idle"
  | "connecting"
  | "waiting"
  | "live"
  | "playing"
  | "held"
  | "slow"
  | "ended"
  | "lost"
  | "offline"
  | "denied"
  | "stopped"
  | "paused"
  | "blocked"
  | "unsupported"
  | "incapable";

/** What the viewer can do about a state. */
export type Action = "play" | "retry" | "again" | "soundOnly" | "pictureOnly";

/** A state, with the codec that it is about and what the viewer can do. */
export type Situation = {
  readonly state: State;
  readonly codec?: string;
  readonly actions?: Partial<Readonly<Record<Action, () => void>>>;
};

/** What went wrong, as `sluice-error` tells it. `fatal` is an error that only the viewer or the publisher can end. */
export type PlayerError = {
  readonly code: "not-live" | "forbidden" | "codec" | "network" | "way-failed";
  readonly message: string;
  readonly fatal: boolean;
  readonly way?: string;
  readonly codec?: string;
};
