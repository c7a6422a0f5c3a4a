import library from "mpegts.js";
import { codecIn } from "../codec-name.ts";
import type { Choice, Ending, Engine, EngineFacts, Quality } from "../engine.ts";
import { LiveEdge } from "../live-edge.ts";
import { askChoices, type Choices, inQuality, inSound } from "../renditions.ts";

const tickMs = 250;
/** How often the first picture is looked for: it may not lie at 0, and what is lost in noticing it is lost from a start within a second. */
const startTickMs = 20;
/** What has arrived is still shown for at most so long after the server closed. */
const playOutSeconds = 3;

/** What mpegts.js tells of a stream, as far as it is used here. */
type Info = {
  readonly videoCodec?: string;
  readonly audioCodec?: string;
  readonly fps?: number;
  readonly hasAudio?: boolean;
  readonly hasVideo?: boolean;
};

// Its types speak of a module with a default export; what arrives is that export itself.
const mpegts = library as unknown as typeof library.default;
type Player = ReturnType<typeof mpegts.createPlayer>;
mpegts.LoggingControl.enableAll = false;

/** FLV over HTTP or WebSocket, by mpegts.js: a second or less behind, no past. The server chooses the quality, and goes from one to another in the same connection, unless the viewer does. */
export function attach(video: HTMLVideoElement, url: string, ended: (how: Ending) => void): Engine {
  return new FlvEngine(video, url, ended);
}

class FlvEngine implements Engine {
  readonly protocol: string;
  readonly rewinds = false;
  readonly #video: HTMLVideoElement;
  readonly #url: string;
  readonly #edge: LiveEdge;
  readonly #ended: (how: Ending) => void;
  readonly #destroyed = new AbortController();
  #player: Player;
  #info: Info = {};
  #kilobytes = 0;
  #choices: Choices = { qualities: [], sounds: [] };
  #quality = "auto";
  #height = 0;
  #sound: string | undefined;

  constructor(video: HTMLVideoElement, url: string, ended: (how: Ending) => void) {
    this.protocol = url.startsWith("ws") ? "WebSocket-FLV" : "HTTP-FLV";
    this.#video = video;
    this.#url = url;
    this.#edge = new LiveEdge(video);
    this.#ended = ended;
    this.#player = this.#load(url);
    this.#listen();
    video.addEventListener("loadeddata", () => void this.#learnChoices(), {
      once: true,
      signal: this.#destroyed.signal,
    });
    this.#every(tickMs, () => video.paused || this.#edge.tick());
    this.#every(startTickMs, () => video.readyState >= video.HAVE_CURRENT_DATA || this.#edge.leaveGap());
  }

  latency(): number | undefined {
    return this.#edge.delay;
  }

  behind(): number {
    return 0;
  }

  facts(): EngineFacts {
    const { hasAudio, hasVideo, audioCodec = "", videoCodec = "", fps } = this.#info;
    return {
      video: hasVideo ? codecIn(videoCodec) || videoCodec : undefined,
      audio: hasAudio ? codecIn(audioCodec) || audioCodec : undefined,
      framesPerSecond: hasVideo && fps ? Math.round(fps * 100) / 100 : undefined,
      kilobits: this.#kilobytes * 8,
    };
  }

  qualities(): readonly Quality[] {
    return this.#choices.qualities;
  }

  quality(): string {
    return this.#quality;
  }

  /** Loads the stream anew: whoever wants one quality alone says so when it comes. */
  setQuality(id: string): void {
    if (id === this.#quality || (id !== "auto" && !this.qualities().some((each) => each.id === id))) return;
    this.#quality = id;
    this.#reload();
  }

  sounds(): readonly Choice[] {
    return this.#choices.sounds;
  }

  sound(): string {
    return this.#sound ?? new URL(this.#url).searchParams.get("audio") ?? this.#choices.sounds[0]?.id ?? "";
  }

  /** Likewise. */
  setSound(id: string): void {
    if (id === this.sound() || !this.#choices.sounds.some((each) => each.id === id)) return;
    this.#sound = id;
    this.#reload();
  }

  seek(): void {
    // There is no past.
  }

  toLive(): void {
    this.#edge.jump();
  }

  destroy(): void {
    if (this.#destroyed.signal.aborted) return;
    this.#destroyed.abort();
    this.#player.destroy();
    this.#video.playbackRate = 1;
  }

  #reload(): void {
    const wasPaused = this.#video.paused;
    const url = this.#sound === undefined ? this.#url : inSound(this.#url, this.#sound);
    this.#player.destroy();
    this.#player = this.#load(inQuality(url, this.#quality));
    if (!wasPaused) this.#video.play().catch(() => undefined); // the browser may want a click first
  }

  async #learnChoices(): Promise<void> {
    this.#choices = await askChoices(this.#url);
    const { qualities } = this.#choices;
    const pinned = new URL(this.#url).searchParams.get("rendition");
    if (this.#quality === "auto" && qualities.some(({ id }) => id === pinned)) this.#quality = pinned ?? "auto";
  }

  #load(url: string): Player {
    const { Events } = mpegts;
    const player = mpegts.createPlayer(
      { type: "flv", isLive: true, url },
      {
        enableStashBuffer: false,
        autoCleanupSourceBuffer: true,
        autoCleanupMaxBackwardDuration: 30,
        autoCleanupMinBackwardDuration: 10,
      },
    );
    player.on(Events.MEDIA_INFO, (info: Info) => {
      this.#info = info;
    });
    player.on(Events.STATISTICS_INFO, ({ speed }: { speed?: number }) => {
      this.#kilobytes = speed ?? 0;
    });
    // mpegts.js goes on after it has told; it must not be destroyed under its feet.
    player.on(Events.ERROR, (_kind: string, detail: string, info: unknown) =>
      setTimeout(() => player === this.#player && this.#end(this.#failure(detail, info))),
    );
    player.on(Events.LOADING_COMPLETE, () => player === this.#player && this.#playOut());
    player.attachMediaElement(this.#video);
    player.load();
    return player;
  }

  #listen(): void {
    const { signal } = this.#destroyed;
    this.#video.addEventListener(
      "waiting",
      () => this.#video.readyState >= this.#video.HAVE_CURRENT_DATA && this.#edge.stuttered(),
      { signal },
    );
    this.#video.addEventListener("resize", () => this.#noteHeight(), { signal });
  }

  /** The server has moved the viewer down: the network is slow, and may become slower. */
  #noteHeight(): void {
    const { videoHeight } = this.#video;
    if (videoHeight < this.#height && this.#quality === "auto") this.#edge.stuttered();
    this.#height = videoHeight;
  }

  #playOut(): void {
    const left = this.#video.paused ? 0 : (this.#edge.delay ?? 0);
    setTimeout(() => this.#end({ kind: "ended" }), Math.min(left, playOutSeconds) * 1_000 + 200);
  }

  #end(how: Ending): void {
    if (!this.#destroyed.signal.aborted) this.#ended(how);
  }

  #failure(detail: string, info: unknown): Ending {
    const { msg, code } = (info ?? {}) as { msg?: string; code?: number };
    const message = `${detail}: ${msg ?? String(info ?? "")}`;
    if (/unsupported|not supported/i.test(message)) {
      const { hasAudio, hasVideo } = this.#info;
      return { kind: "unsupported", codec: codecIn(message), hasBoth: Boolean(hasAudio && hasVideo) };
    }
    const status = detail === "HttpStatusCodeInvalid" && code !== undefined && code > 0 ? code : undefined;
    return { kind: "failed", status, message };
  }

  #every(ms: number, action: () => unknown): void {
    const timer = setInterval(action, ms);
    this.#destroyed.signal.addEventListener("abort", () => clearInterval(timer));
  }
}
