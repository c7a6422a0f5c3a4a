/** One of several that people choose from, such as the sounds of a stream. */
export type Choice = { readonly id: string; readonly label: string };

/** One of the qualities that a stream comes in. */
export type Quality = Choice;

/** What an engine knows of what it plays; a size is the video element's to tell. */
export type EngineFacts = {
  readonly video?: string | undefined;
  readonly audio?: string | undefined;
  readonly framesPerSecond?: number | undefined;
  /** What arrives, in kilobits a second. */
  readonly kilobits?: number | undefined;
};

/** How an engine came to its end. `status` is HTTP's, where the server gave one; `hasBoth` says that a stream has sound and picture, so that one can be left out. */
export type Ending =
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly status?: number | undefined; readonly message: string }
  | { readonly kind: "unsupported"; readonly codec: string; readonly hasBoth: boolean };

/** What plays one address in one video element, from `attach` to `destroy`. */
export type Engine = {
  /** What people call it, such as LL-HLS. */
  readonly protocol: string;
  /** Whether there is a past to go back to; where there is none, a pause ends at the live edge. */
  readonly rewinds: boolean;
  /** Seconds between what happens and what is shown, as far as the engine can tell; before anything is shown, none. */
  latency(): number | undefined;
  /** Seconds between what is shown and where this engine would be if the viewer had let it. */
  behind(): number;
  facts(): EngineFacts;
  qualities(): readonly Quality[];
  /** The id of the quality that was asked for, or "auto". */
  quality(): string;
  setQuality(id: string): void;
  /** The sounds that there are to choose from. */
  sounds(): readonly Choice[];
  /** The id of the one that plays, or is about to; "" where that is not known. */
  sound(): string;
  setSound(id: string): void;
  seek(seconds: number): void;
  toLive(): void;
  destroy(): void;
};

/** Starts to play an address. `ended` is called at most once, and never before `attach` has returned. */
export type Attach = (video: HTMLVideoElement, url: string, ended: (how: Ending) => void) => Engine;
