import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** Other people's players, as they come from npm: the files for a page lie near what a program would import. */
const scripts: Readonly<Record<string, URL>> = {
  "/hls.js": new URL("hls.min.js", import.meta.resolve("hls.js")),
  "/dash.js": new URL("../umd/dash.all.min.js", import.meta.resolve("dashjs")),
  "/shaka.js": new URL("shaka-player.compiled.js", import.meta.resolve("shaka-player")),
};

/** What a player has done so far, as the page keeps it. */
export type Playing = {
  readonly time: number;
  readonly frames: number;
  readonly dropped: number;
  readonly width: number;
  /** Seconds behind the live edge, as the player says. */
  readonly latency: number;
  /** How often it ran dry. */
  readonly stalls: number;
  readonly errors: readonly string[];
  readonly fatal: readonly string[];
};

/** A site of its own, on another origin than the media's, with a page for each player: `/?player=hls.js&url=…`. */
export async function servePlayers(t: TestContext): Promise<string> {
  const server = createServer(({ url = "" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const script = scripts[pathname];
    if (script === undefined && pathname !== "/") return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": script === undefined ? "text/html" : "text/javascript" });
    response.end(script === undefined ? page : readFileSync(script));
  }).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const page = `<!doctype html>
<meta charset="utf-8">
<title>A player</title>
<video muted autoplay playsinline width="320"></video>
<script src="/hls.js"></script>
<script src="/dash.js"></script>
<script src="/shaka.js"></script>
<script>
const query = new URLSearchParams(location.search);
const [kind, url] = [query.get("player"), query.get("url")];
const video = document.querySelector("video");
const errors = [];
const fatal = [];
let stalls = 0;
let latency = () => NaN;
/** Plays the picture of this height from now on. */
let choose = () => {};
/** Lets the player decide again. */
let release = () => {};
video.addEventListener("error", () => fatal.push(video.error.message));
video.addEventListener("waiting", () => { if (video.currentTime > 0 && !video.seeking) stalls++; });
const players = {
  "hls.js"() {
    const hls = new Hls({ lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.5 });
    hls.on(Hls.Events.ERROR, (_name, data) => {
      const words = [data.type, data.details, data.reason, data.error && data.error.message].filter(Boolean).join(" ");
      (data.fatal ? fatal : errors).push(words);
    });
    hls.loadSource(url);
    hls.attachMedia(video);
    latency = () => hls.latency;
    release = () => { hls.nextLevel = -1; };
    choose = (height) => { hls.nextLevel = hls.levels.findIndex((level) => level.height === height); };
  },
  "dash.js"() {
    const player = dashjs.MediaPlayer().create();
    player.updateSettings({ debug: { logLevel: 0 } });
    player.on(dashjs.MediaPlayer.events.ERROR, ({ error }) => fatal.push(error.code + " " + error.message));
    player.on(dashjs.MediaPlayer.events.PLAYBACK_ERROR, ({ error }) => fatal.push(String(error && error.message)));
    player.initialize(video, url, true);
    latency = () => player.getCurrentLiveLatency();
    choose = (height) => {
      player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } });
      const found = player.getRepresentationsByType("video").find((each) => each.height === height);
      player.setRepresentationForTypeById("video", found.id);
    };
  },
  async shaka() {
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    await player.attach(video);
    player.addEventListener("error", (event) => {
      const { severity, code, data, message } = event.detail || {};
      (severity === 2 ? fatal : errors).push(["shaka", code, message, JSON.stringify(data)].join(" "));
    });
    player.configure({ streaming: { lowLatencyMode: true } });
    // Else Shaka's window over HLS is as long as what it has not thrown away yet, gets shorter with the clock while a publisher is away, and an empty one is an error of its own (5.2.12).
    if (url.includes(".m3u8")) player.configure({ manifest: { availabilityWindowOverride: 300 } });
    latency = () => player.getStats().liveLatency;
    release = () => player.configure({ abr: { enabled: true } });
    choose = (height) => {
      player.configure({ abr: { enabled: false } });
      player.selectVariantTrack(player.getVariantTracks().find((track) => track.height === height));
    };
    await player.load(url);
  },
};
Object.assign(window, { choose: (height) => choose(height), release: () => release() });
window.look = () => {
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  return {
    time: video.currentTime,
    frames: totalVideoFrames,
    dropped: droppedVideoFrames,
    width: video.videoWidth,
    latency: latency(),
    stalls,
    errors: errors.slice(-20),
    fatal,
  };
};
Promise.resolve(players[kind]()).catch((error) => fatal.push(kind + " " + (error.code || error.message)));
</script>
`;
