import { type MediaInfo, MediaPlayer, type MediaPlayerClass, type Representation } from "dashjs";
import { codecIn } from "../codec-name.ts";
import type { Choice, Ending, Engine, EngineFacts, Quality } from "../engine.ts";
import { qualityLabel } from "../format.ts";

/** Of dash.js: a manifest or the segments of it cannot be had, cannot be read, or hold nothing that this browser plays. */
const capability = /capability|mediasource|not supported|no streams/i;

/** What dash.js tells of a set of which this browser plays nothing, as far as it is used here: it is more than its types say. */
type Removed = {
  readonly adaptationSet?: {
    readonly codecs?: string;
    readonly Representation?: readonly { readonly codecs?: string }[];
  };
  readonly remainingAdaptationSets?: readonly unknown[];
};

/** DASH and low-latency DASH, by dash.js: qualities, a past, captions. */
export function attach(video: HTMLVideoElement, url: string, ended: (how: Ending) => void): Engine {
  return new DashEngine(video, url, ended);
}

class DashEngine implements Engine {
  readonly rewinds = true;
  readonly #video: HTMLVideoElement;
  readonly #player: MediaPlayerClass = MediaPlayer().create();
  readonly #ended: (how: Ending) => void;
  readonly #destroyed = new AbortController();
  #isReady = false;
  #quality = "auto";

  constructor(video: HTMLVideoElement, url: string, ended: (how: Ending) => void) {
    this.#video = video;
    this.#ended = ended;
    this.#player.updateSettings({
      debug: { logLevel: 0 },
      streaming: { liveCatchup: { enabled: true }, buffer: { bufferToKeep: 30 }, text: { defaultEnabled: false } },
    });
    this.#player.on("streamInitialized", () => {
      this.#isReady = true;
      // dash.js reads no further manifest before it has heard of a start, and this one came before it listened.
      if (!video.paused) video.dispatchEvent(new Event("play"));
    });
    this.#player.on("adaptationSetRemovedNoCapabilities", (event) => this.#onRemoved(event as Removed));
    this.#player.on("error", ({ error }: { error?: unknown }) => this.#onError(error));
    video.addEventListener("ended", () => this.#end({ kind: "ended" }), { signal: this.#destroyed.signal });
    this.#player.initialize(video, url, false);
  }

  get protocol(): string {
    return this.#representation()?.availabilityTimeComplete === false ? "LL-DASH" : "DASH";
  }

  latency(): number | undefined {
    const seconds = this.#isLive() ? this.#player.getCurrentLiveLatency() : Number.NaN;
    return Number.isFinite(seconds) ? seconds : undefined;
  }

  behind(): number {
    return this.#isLive() ? Math.max(0, (this.latency() ?? 0) - this.#player.getTargetLiveDelay()) : 0;
  }

  facts(): EngineFacts {
    const video = this.#representation();
    const audio = this.#isReady ? this.#player.getCurrentRepresentationForType("audio") : null;
    return {
      video: codecIn(video?.codecs ?? "") || undefined,
      audio: codecIn(audio?.codecs ?? "") || undefined,
      framesPerSecond: video?.frameRate || undefined,
      kilobits: (video?.bitrateInKbit ?? 0) + (audio?.bitrateInKbit ?? 0) || undefined,
    };
  }

  qualities(): readonly Quality[] {
    const all = this.#isReady ? this.#player.getRepresentationsByType("video") : [];
    const heights = all.map(({ height }) => height);
    return [...all]
      .sort((one, other) => other.bandwidth - one.bandwidth)
      .map(({ id, height, bandwidth }) => ({
        id,
        label: qualityLabel(height, bandwidth, heights.indexOf(height) === heights.lastIndexOf(height)),
      }));
  }

  quality(): string {
    return this.#quality;
  }

  setQuality(id: string): void {
    if (id !== "auto" && !this.qualities().some((each) => each.id === id)) return;
    this.#quality = id;
    this.#player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: id === "auto" } } } });
    if (id !== "auto") this.#player.setRepresentationForTypeById("video", id, true);
  }

  sounds(): readonly Choice[] {
    return this.#soundTracks().map(({ labels, lang }, index) => ({
      id: String(index),
      label: labels?.[0]?.text || lang || `Audio ${index + 1}`,
    }));
  }

  sound(): string {
    const current = this.#isReady ? this.#player.getCurrentTrackFor("audio") : null;
    const index = this.#soundTracks().findIndex((track) => track.index === current?.index);
    return index < 0 ? "" : String(index);
  }

  setSound(id: string): void {
    const track = this.#soundTracks()[Number(id)];
    if (track) this.#player.setCurrentTrack(track);
  }

  seek(seconds: number): void {
    this.#player.seekToPresentationTime(seconds);
  }

  toLive(): void {
    if (this.#isLive()) this.#player.seekToOriginalLive();
  }

  destroy(): void {
    if (this.#destroyed.signal.aborted) return;
    this.#destroyed.abort();
    this.#player.destroy();
    this.#video.playbackRate = 1;
  }

  #soundTracks(): readonly MediaInfo[] {
    return this.#isReady ? this.#player.getTracksFor("audio") : [];
  }

  #isLive(): boolean {
    return this.#isReady && this.#player.isDynamic();
  }

  #representation(): Representation | null {
    return this.#isReady ? this.#player.getCurrentRepresentationForType("video") : null;
  }

  /** dash.js would play what is left without a word. */
  #onRemoved({ adaptationSet, remainingAdaptationSets }: Removed): void {
    if (remainingAdaptationSets?.length) return;
    const all = [adaptationSet, ...(adaptationSet?.Representation ?? [])];
    const codec = all.map((each) => codecIn(each?.codecs)).find((name) => name !== "") ?? "";
    setTimeout(() => this.#end({ kind: "unsupported", codec, hasBoth: true }));
  }

  #onError(error: unknown): void {
    const { message = String(error) } = (error ?? {}) as { message?: string };
    // dash.js goes on after it has told; it must not be destroyed under its feet.
    setTimeout(() =>
      this.#end(
        capability.test(message)
          ? { kind: "unsupported", codec: codecIn(message), hasBoth: false }
          : { kind: "failed", message },
      ),
    );
  }

  #end(how: Ending): void {
    if (!this.#destroyed.signal.aborted) this.#ended(how);
  }
}
