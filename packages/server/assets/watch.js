import { Controls } from "./controls.js";
import { showAddresses, showFacts } from "./details.js";
import { Playback } from "./playback.js";

const element = (id) => document.getElementById(id);
const video = element("video");
const player = element("player");
const path = location.pathname.replace(/\/+$/, "");
const query = new URLSearchParams(location.search);
/** For those who want to know which way works: ?over=http or ?over=websocket. */
const over = query.get("over");
query.delete("over");

/** Seconds until the next try, growing while nothing comes; each is drawn out a little so that an audience does not come back as one. */
const waits = [0.5, 1, 1, 2, 3, 5];
/** The same for a page that nobody looks at. */
const hiddenWait = 15;
/** A viewer who has paused for so long is let go, and joins anew. */
const pauseMs = 30_000;
/** A connection that has played for so long was a good one. */
const goodMs = 5_000;
const soundCodecs = /AAC|Opus|FLAC|MP3|Dolby/;

const flv = address(query);
const ways = [
  { id: "http", name: "HTTP", url: (asked) => address(asked) },
  { id: "websocket", name: "WebSocket", url: (asked) => address(asked).replace(/^http/, "ws") },
].filter(({ id }) => (over === "http" || over === "websocket" ? id === over : true));

const words = {
  connecting: ["Connecting", "Connecting …"],
  waiting: ["Not live", "Nobody is live here yet. The picture starts by itself as soon as someone is."],
  live: ["Live", ""],
  held: ["Interrupted", "The broadcaster's connection was lost. The picture goes on as soon as it is back."],
  slow: ["Waiting", "No picture is coming in. Waiting for it …"],
  ended: ["Ended", "The stream has ended. Should it start again, it plays here by itself."],
  lost: ["Reconnecting", "The connection was lost. Connecting again …"],
  offline: ["No connection", "The server cannot be reached. Trying again …"],
  denied: ["Not allowed", "You may not watch this stream."],
  stopped: ["Paused", ""],
  paused: ["Paused", "Paused. It goes on with what is live then."],
  blocked: ["Ready", "Your browser waits for a click before it plays."],
};

let playback;
let way = 0;
/** Whether this page has had the stream: then it has ended, else it has not begun. */
let hasPlayed = false;
let wake = () => {};
let letGo;
const controls = new Controls(video, { play: resume, pause });

document.title = `${path.slice(1)} · Sluice`;
element("name").textContent = path.slice(1);
void showAddresses(element("addresses"), path, flv);
if (globalThis.mpegts?.isSupported()) {
  mpegts.LoggingControl.enableAll = false;
  setInterval(() => showFacts(playback, video), 500);
  void watch();
} else if (!globalThis.mpegts) {
  say(["Incomplete", "A part of this page did not arrive."], { Reload: () => location.reload() });
} else {
  element("bar").hidden = true;
  say(["Not supported", "This browser cannot play live streams from here. The addresses for other players are below."]);
}

/** For as long as the page is open: play, and when that ends find out why, say so, and wait until there is something to play again. */
async function watch() {
  say(words.connecting);
  let asked = query;
  for (let tries = 0; ; ) {
    const outcome = await playOnce(asked);
    if (outcome.good) tries = 0;
    if (outcome.kind === "unsupported") asked = await offer(outcome);
    else if (outcome.kind === "stopped") await untilResumed();
    else tries = await recover(outcome, tries);
  }
}

async function recover(outcome, tries) {
  // A WebSocket never says why it was refused.
  const status = outcome.status ?? (await ask()).status;
  if (status === 200 && !outcome.started) way = (way + 1) % ways.length;
  return untilLive(status, tries);
}

async function playOnce(asked) {
  const { name, url } = ways[way];
  const current = new Playback(video, url(asked), {
    started,
    quiet,
    ask,
    paused: () => controls.isPaused || controls.toggle(),
  });
  playback = current;
  current.way = name;
  if (!controls.isPaused) void start();
  const outcome = await current.done;
  playback = undefined;
  player.classList.remove("started");
  const { info, startedAt } = current;
  return { ...outcome, info, started: startedAt !== undefined, good: performance.now() - startedAt > goodMs };
}

/** Waits until the server has the stream, saying why it waits; resolves to how often it has tried. */
async function untilLive(first, before) {
  let tries = before;
  for (let status = first; ; tries++) {
    if (status === 401 || status === 403) {
      await new Promise((resolve) => say(words.denied, { "Try again": resolve }));
      return 0;
    }
    say(reason(status));
    await sleep((document.hidden ? hiddenWait : (waits[tries] ?? waits.at(-1))) * (0.8 + 0.4 * Math.random()));
    ({ status } = await ask());
    if (status === 200) return tries + 1;
  }
}

function reason(status) {
  if (status === 404) return hasPlayed ? words.ended : words.waiting;
  return status === undefined ? words.offline : words.lost;
}

/** What the browser cannot decode can be left out. Resolves to the query to go on with. */
function offer({ codec, info }) {
  const isSound = soundCodecs.test(codec);
  const [what, button, left] = isSound
    ? ["sound", "Watch without sound", "has_audio"]
    : ["picture", "Listen to the sound", "has_video"];
  return new Promise((resolve) => {
    const without = new URLSearchParams(query);
    without.set(left, "0");
    const both = info?.hasAudio && info?.hasVideo;
    say(["Not supported", `This browser cannot play this stream's ${what}${codec ? `, which is ${codec}` : ""}.`], {
      ...(both ? { [button]: () => resolve(without) } : {}),
      "Try again": () => resolve(query),
    });
  });
}

/** What the server says of the stream now: its status, none when it cannot be reached, and whether it waits for its publisher. */
async function ask() {
  try {
    const answer = await fetch(flv, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(5_000) });
    return { status: answer.status, isHeld: answer.headers.get("sluice-stream") === "held" };
  } catch {
    return { status: undefined, isHeld: false };
  }
}

/** Resolves after a while, or at once when there is reason to look again. */
function sleep(seconds) {
  return new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, seconds * 1_000);
  });
}

addEventListener("online", () => wake());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  wake();
  if (!controls.isPaused) resume();
});

async function start() {
  if (await controls.start()) return;
  controls.isPaused = true;
  pause();
  say(words.blocked, { Play: () => controls.toggle() });
}

function pause() {
  video.pause();
  if (player.classList.contains("started")) say(words.stopped);
  clearTimeout(letGo);
  letGo = setTimeout(() => playback?.close(), pauseMs);
}

function resume() {
  clearTimeout(letGo);
  wake();
  if (!playback) return;
  if (playback.startedAt) say(words.live);
  playback.edge.jump();
  void start();
}

async function untilResumed() {
  say(words.paused, { Play: () => controls.toggle() });
  while (controls.isPaused)
    await new Promise((resolve) => {
      wake = resolve;
    });
  say(words.connecting);
}

function started() {
  hasPlayed = true;
  player.classList.add("started");
  controls.showSound(playback.info?.hasAudio ?? true);
  showKind();
  if (!controls.isPaused) say(words.live);
}

/** Whether something comes in: a publisher's lost connection is no one's fault here, and the viewer's stays. */
async function quiet(isQuiet) {
  const current = playback;
  if (!isQuiet) return controls.isPaused || say(words.live);
  const { status, isHeld } = await ask();
  if (current !== playback || !current?.isQuiet || controls.isPaused) return;
  say(status === undefined ? words.offline : isHeld ? words.held : words.slow);
}

video.addEventListener("resize", showKind);
function showKind() {
  element("sound-only").hidden = video.videoWidth > 0;
}

/** The state, as a word on the badge and as a sentence over the picture, with what the viewer can do. */
function say([word, sentence], actions = {}) {
  element("badge").textContent = word;
  player.dataset.state = word.toLowerCase().replaceAll(" ", "-");
  const buttons = Object.entries(actions).map(([text, action]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", action, { once: true });
    return button;
  });
  const paragraph = document.createElement("p");
  paragraph.textContent = sentence;
  const row = document.createElement("div");
  row.append(...buttons);
  element("status").replaceChildren(...(sentence ? [paragraph] : []), ...(buttons.length > 0 ? [row] : []));
}

function address(asked) {
  return `${location.origin}${path}.flv${asked.size > 0 ? `?${asked}` : ""}`;
}
