import Hls, { type ErrorData, type HlsConfig, type LevelDetails } from "hls.js";
import { codecIn } from "../codec-name.ts";
import type { Choice, Ending, Engine, EngineFacts, Quality } from "../engine.ts";
import { qualityLabel } from "../format.ts";
import { captionReader } from "./hls-captions.ts";
import { carryParts } from "./hls-parts.ts";

/** How often the decoder may be set up anew before the stream counts as one that cannot be played. */
const maxRecoveries = 2;

/** How far behind its end RFC 8216bis (4.4.3.8) has a playlist without parts played at least, in target durations. */
const holdTargets = 3;
/** Beginning takes a moment, and hls.js leaves it at that where it is less than this: so that it does not stay a little further behind. */
const beginningSeconds = 0.35;

const config: Partial<HlsConfig> = {
  lowLatencyMode: true,
  // So that a live stream can be told from a recording.
  liveDurationInfinity: true,
  maxLiveSyncPlaybackRate: 1.25,
  backBufferLength: 30,
  // What was measured counts less by the time that was spent downloading, which at the live edge of a fast network is a twentieth of the time: with the defaults (3 and 9 s) a network that was slow once counts as slow for minutes.
  abrEwmaFastLive: 0.25,
  abrEwmaSlowLive: 0.5,
  // What is measured so lately needs less caution than the default (0.7), with which a network of 4 Mbit/s would not be enough for 2.8.
  abrBandWidthUpFactor: 0.9,
  // A worker would need `worker-src blob:` in the page's policy, and CMAF needs no remuxing that would be worth one.
  enableWorker: false,
  timelineController: captionReader,
};

/** HLS and LL-HLS, by hls.js: qualities, a past, captions. */
export function attach(video: HTMLVideoElement, url: string, ended: (how: Ending) => void): Engine {
  return new HlsEngine(video, url, ended);
}

class HlsEngine implements Engine {
  readonly rewinds = true;
  readonly #video: HTMLVideoElement;
  readonly #hls = new Hls(config);
  readonly #ended: (how: Ending) => void;
  readonly #destroyed = new AbortController();
  #details: LevelDetails | undefined;
  #recoveries = 0;
  #quality = "auto";

  constructor(video: HTMLVideoElement, url: string, ended: (how: Ending) => void) {
    this.#video = video;
    this.#ended = ended;
    this.#hls.on(Hls.Events.LEVEL_UPDATED, (_event, { details }) => {
      if (!this.#details) this.#aim(details);
      this.#details = details;
    });
    this.#hls.on(Hls.Events.LEVEL_LOADED, (_event, { details }) => {
      if (!this.#details) this.#aim(details);
      this.#details ??= details;
    });
    this.#hls.on(Hls.Events.ERROR, (_event, data) => this.#onError(data));
    video.addEventListener("ended", () => this.#end({ kind: "ended" }), { signal: this.#destroyed.signal });
    carryParts(this.#hls);
    this.#hls.loadSource(url);
    this.#hls.attachMedia(video);
  }

  get protocol(): string {
    return this.#details?.canBlockReload && this.#details.partTarget > 0 ? "LL-HLS" : "HLS";
  }

  latency(): number | undefined {
    return this.#details?.live && this.#video.readyState > 0 ? this.#hls.latency : undefined;
  }

  behind(): number {
    const edge = this.#hls.liveSyncPosition;
    return this.#details?.live && edge !== null ? Math.max(0, edge - this.#video.currentTime) : 0;
  }

  facts(): EngineFacts {
    const level = this.#hls.levels[this.#hls.currentLevel];
    return {
      video: codecIn(level?.videoCodec) || undefined,
      audio: codecIn(level?.audioCodec) || undefined,
      framesPerSecond: level?.frameRate || undefined,
      kilobits: (level?.bitrate ?? 0) / 1_000 || undefined,
    };
  }

  qualities(): readonly Quality[] {
    const { levels } = this.#hls;
    const heights = levels.map(({ height }) => height);
    return levels
      .map(({ height, bitrate }, index) => ({ id: String(index), height, bitrate }))
      .sort((one, other) => other.bitrate - one.bitrate)
      .map(({ id, height, bitrate }) => ({
        id,
        label: qualityLabel(height, bitrate, heights.indexOf(height) === heights.lastIndexOf(height)),
      }));
  }

  quality(): string {
    return this.#quality;
  }

  setQuality(id: string): void {
    const level = id === "auto" ? -1 : Number(id);
    if (level >= this.#hls.levels.length || !Number.isInteger(level)) return;
    this.#quality = id;
    this.#hls.nextLevel = level;
  }

  sounds(): readonly Choice[] {
    return this.#hls.audioTracks.map(({ name }, index) => ({ id: String(index), label: name }));
  }

  sound(): string {
    return this.#hls.audioTrack < 0 ? "" : String(this.#hls.audioTrack);
  }

  setSound(id: string): void {
    if (this.sounds().some((each) => each.id === id)) this.#hls.audioTrack = Number(id);
  }

  seek(seconds: number): void {
    this.#video.currentTime = seconds;
  }

  toLive(): void {
    const edge = this.#hls.liveSyncPosition;
    if (this.#details?.live && edge !== null) this.#video.currentTime = edge;
  }

  destroy(): void {
    if (this.#destroyed.signal.aborted) return;
    this.#destroyed.abort();
    this.#hls.destroy();
    this.#video.playbackRate = 1;
  }

  /** Parts say themselves how far behind them to play. */
  #aim({ live, partHoldBack, targetduration }: LevelDetails): void {
    if (live && !partHoldBack) this.#hls.targetLatency = targetduration * holdTargets - beginningSeconds;
  }

  #onError(data: ErrorData): void {
    if (!data.fatal) return;
    const isMedia = data.type === Hls.ErrorTypes.MEDIA_ERROR;
    const isCodec = /incompatibleCodecs|addCodec/i.test(data.details);
    if (isMedia && !isCodec && this.#recoveries++ < maxRecoveries) {
      this.#hls.recoverMediaError();
      return;
    }
    // hls.js goes on after it has told; it must not be destroyed under its feet.
    setTimeout(() => this.#end(this.#failure(data, isCodec)));
  }

  #failure(data: ErrorData, isCodec: boolean): Ending {
    const status = data.response?.code;
    if (!isCodec) return { kind: "failed", status: status ? status : undefined, message: data.details };
    const codecs = this.#hls.levels.map(({ codecSet, videoCodec }) => videoCodec ?? codecSet).join();
    return {
      kind: "unsupported",
      codec: codecIn(data.mimeType) || codecIn(codecs || data.error.message),
      hasBoth: false,
    };
  }

  #end(how: Ending): void {
    if (!this.#destroyed.signal.aborted) this.#ended(how);
  }
}
