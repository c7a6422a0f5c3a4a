/* global mpegts */
import { LiveEdge } from "./live-edge.js";

const tickMs = 250;
/** How often the first picture is looked for: it may not lie at 0, and what is lost in noticing it is lost from a start within a second. */
const startTickMs = 20;
/** Nothing new for so long: the viewer is told. */
const quietMs = 2_000;
/** Nothing new for so long although the server has news: the connection is dead, or as good as dead. */
const deadMs = 12_000;

/**
 * One connection to one stream, from its first byte to its end. `done` resolves to how it ended: `complete` (the server closed it), `failed` (with the server's
 * status, where it gave one), `unsupported` (with what the browser cannot play) or `stopped`.
 */
export class Playback {
  done;
  /** When the first picture or sound came. */
  startedAt;
  info;
  /** Kilobytes a second, as measured by mpegts.js. */
  speed = 0;
  edge;
  #video;
  #player;
  #settle;
  #watcher = new AbortController();
  #newest = 0;
  #newestAt = performance.now();
  isQuiet = false;
  #on;

  /** `on.started()`; `on.quiet(isQuiet)` as nothing comes and when it does again; `on.paused()`, by a media key say; `on.ask()`, which resolves to what the server says of the stream. */
  constructor(video, url, on) {
    this.#video = video;
    this.#on = on;
    this.edge = new LiveEdge(video);
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
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
    const timer = setInterval(() => this.#tick(), tickMs);
    const starter = setInterval(() => (this.startedAt ? clearInterval(starter) : this.edge.leaveGap()), startTickMs);
    this.#watcher.signal.addEventListener("abort", () => {
      clearInterval(timer);
      clearInterval(starter);
    });
  }

  /** Leaves the server and empties the picture. */
  close(outcome = { kind: "stopped" }) {
    if (this.#watcher.signal.aborted) return;
    this.#watcher.abort();
    this.#player.destroy();
    this.#settle(outcome);
  }

  #listen() {
    const { Events } = mpegts;
    const { signal } = this.#watcher;
    this.#player.on(Events.MEDIA_INFO, (info) => {
      this.info = info;
    });
    this.#player.on(Events.STATISTICS_INFO, ({ speed }) => {
      this.speed = speed;
    });
    // mpegts.js goes on after it has told; it must not be destroyed under its feet.
    this.#player.on(Events.ERROR, (_kind, detail, info) => setTimeout(() => this.close(failure(detail, info))));
    this.#player.on(Events.LOADING_COMPLETE, () => this.#playOut());
    this.#video.addEventListener("error", () => this.close({ kind: "failed" }), { signal });
    this.#video.addEventListener("waiting", () => this.startedAt && !this.isQuiet && this.edge.stuttered(), { signal });
    this.#video.addEventListener("pause", () => this.#video.ended || document.hidden || this.#on.paused(), { signal });
    this.#video.addEventListener(
      "loadeddata",
      () => {
        this.startedAt = performance.now();
        this.#on.started();
      },
      { signal, once: true },
    );
  }

  /** What has arrived is still shown. */
  #playOut() {
    const close = () => this.close({ kind: "complete" });
    const left = this.#video.paused ? 0 : (this.edge.delay ?? 0);
    this.#video.addEventListener("ended", close, { signal: this.#watcher.signal, once: true });
    setTimeout(close, Math.min(left, 3) * 1_000 + 200);
  }

  #tick() {
    if (this.startedAt && !this.#video.paused) this.edge.tick();
    const { buffered } = this.#video;
    const newest = buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
    const silence = performance.now() - this.#newestAt;
    if (newest !== this.#newest) {
      this.#newest = newest;
      this.#newestAt = performance.now();
      if (this.isQuiet) this.#setQuiet(false);
    } else if (silence > deadMs) {
      this.#newestAt = performance.now();
      void this.#checkAlive();
    } else if (silence > quietMs && !this.isQuiet && this.startedAt) this.#setQuiet(true);
  }

  #setQuiet(quiet) {
    this.isQuiet = quiet;
    this.#on.quiet(quiet);
  }

  async #checkAlive() {
    const before = this.#newest;
    const { isHeld } = await this.#on.ask();
    if (!isHeld && this.#newest === before) this.close({ kind: "failed" });
  }
}

function failure(detail, info) {
  const words = String(info?.msg ?? info ?? "");
  const unsupported = /unsupported/i.test(detail) || /unsupported|not supported/i.test(words);
  if (unsupported) return { kind: "unsupported", codec: codecIn(words) };
  return { kind: "failed", status: info?.code > 0 && detail === "HttpStatusCodeInvalid" ? info.code : undefined };
}

const codecs = [
  [/hvc1|hev1/i, "HEVC (H.265)"],
  [/vvc1|vvi1/i, "VVC (H.266)"],
  [/av01/i, "AV1"],
  [/vp09/i, "VP9"],
  [/vp08/i, "VP8"],
  [/avc1/i, "H.264"],
  [/mp4a/i, "AAC"],
  [/ac-3|ec-3/i, "Dolby Digital"],
  [/opus/i, "Opus"],
  [/flac/i, "FLAC"],
  [/\.mp3/i, "MP3"],
];

/** The common name of the codec that mpegts.js or the browser complains about. */
export function codecIn(words) {
  return codecs.find(([pattern]) => pattern.test(words))?.[1] ?? "";
}
