import library from "mpegts.js";
import { codecIn } from "../codec-name.ts";
import type { Ending, Engine, EngineFacts } from "../engine.ts";
import { LiveEdge } from "../live-edge.ts";

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
mpegts.LoggingControl.enableAll = false;

/** FLV over HTTP or WebSocket, by mpegts.js: a second or less behind, one quality, no past. */
export function attach(video: HTMLVideoElement, url: string, ended: (how: Ending) => void): Engine {
  return new FlvEngine(video, url, ended);
}

class FlvEngine implements Engine {
  readonly protocol: string;
  readonly rewinds = false;
  readonly #video: HTMLVideoElement;
  readonly #player: ReturnType<typeof mpegts.createPlayer>;
  readonly #edge: LiveEdge;
  readonly #ended: (how: Ending) => void;
  readonly #destroyed = new AbortController();
  #info: Info = {};
  #kilobytes = 0;

  constructor(video: HTMLVideoElement, url: string, ended: (how: Ending) => void) {
    this.protocol = url.startsWith("ws") ? "WebSocket-FLV" : "HTTP-FLV";
    this.#video = video;
    this.#edge = new LiveEdge(video);
    this.#ended = ended;
    this.#player = mpegts.createPlayer(
      { type: "flv", isLive: true, url },
      {
        enableStashBuffer: false,
        autoCleanupSourceBuffer: true,
        autoCleanupMaxBackwardDuration: 30,
        autoCleanupMinBackwardDuration: 10,
      },
    );
    this.#listen();
    this.#player.attachMediaElement(video);
    this.#player.load();
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

  qualities(): readonly never[] {
    return [];
  }

  quality(): string {
    return "auto";
  }

  setQuality(): void {
    // The server chooses.
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

  #listen(): void {
    const { Events } = mpegts;
    this.#player.on(Events.MEDIA_INFO, (info: Info) => {
      this.#info = info;
    });
    this.#player.on(Events.STATISTICS_INFO, ({ speed }: { speed?: number }) => {
      this.#kilobytes = speed ?? 0;
    });
    // mpegts.js goes on after it has told; it must not be destroyed under its feet.
    this.#player.on(Events.ERROR, (_kind: string, detail: string, info: unknown) =>
      setTimeout(() => this.#end(this.#failure(detail, info))),
    );
    this.#player.on(Events.LOADING_COMPLETE, () => this.#playOut());
    const { signal } = this.#destroyed;
    this.#video.addEventListener(
      "waiting",
      () => this.#video.readyState >= this.#video.HAVE_CURRENT_DATA && this.#edge.stuttered(),
      { signal },
    );
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
