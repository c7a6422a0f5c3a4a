const remembered = "sluice-sound";

type Remembered = { readonly volume?: number; readonly isMuted?: boolean };

/** The sound of a video, as the viewer wants it and as far as the browser allows it; remembered from one visit to the next. */
export class Sound {
  /** Silent because the browser allows no sound before a click, and not because the viewer wants it so. */
  isWithheld = false;
  readonly #video: HTMLVideoElement;
  #isMuted: boolean;

  constructor(video: HTMLVideoElement, isMuted: boolean, volume: number | undefined) {
    const known = recall();
    this.#video = video;
    this.#isMuted = isMuted || (known.isMuted ?? false);
    video.volume = clamp(volume ?? known.volume ?? 1);
    video.muted = this.#isMuted;
  }

  get isMuted(): boolean {
    return this.#video.muted;
  }

  set isMuted(isMuted: boolean) {
    if (!isMuted && this.#video.volume === 0) this.#video.volume = 0.5;
    this.#isMuted = isMuted;
    this.isWithheld = false;
    this.#video.muted = isMuted;
    this.#remember();
  }

  get volume(): number {
    return this.#video.volume;
  }

  set volume(volume: number) {
    this.#video.volume = clamp(volume);
    this.isMuted = this.#video.volume === 0;
  }

  /** Starts the picture, without sound where the browser allows none yet. False when it takes a click. */
  async start(): Promise<boolean> {
    for (const muted of this.#isMuted ? [true] : [false, true]) {
      this.#video.muted = muted;
      try {
        await this.#video.play();
        this.isWithheld = muted && !this.#isMuted;
        return true;
      } catch (error) {
        // The picture was replaced meanwhile: whoever did that starts it again.
        if (!(error instanceof DOMException && error.name === "NotAllowedError")) return true;
      }
    }
    return false;
  }

  #remember(): void {
    const now: Remembered = { volume: Math.round(this.volume * 100) / 100, isMuted: this.#isMuted };
    try {
      localStorage.setItem(remembered, JSON.stringify(now));
    } catch {
      // A frame without a place of its own remembers nothing.
    }
  }
}

function recall(): Remembered {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(remembered) ?? "{}");
    const { volume, isMuted } = (known ?? {}) as Record<string, unknown>;
    return {
      ...(typeof volume === "number" && volume <= 1 ? { volume } : {}),
      ...(typeof isMuted === "boolean" ? { isMuted } : {}),
    };
  } catch {
    return {};
  }
}

function clamp(volume: number): number {
  return Number.isFinite(volume) ? Math.min(1, Math.max(0, volume)) : 1;
}
