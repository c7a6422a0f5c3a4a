/* global mpegts */
const path = location.pathname.replace(/\/+$/, "");
const element = (id) => document.getElementById(id);
const video = element("video");
const status = element("status");
const flv = `${location.origin}${path}.flv${location.search}`;
const socketUrl = flv.replace(/^http/, "ws");

/** Seconds to wait before the next try, growing while nothing comes. */
const waits = [1, 1, 2, 3, 5];
/** Further behind the live edge than this, the player jumps to it. */
const maxDelay = 4;

const ways = [
  { name: "HTTP-FLV", url: flv },
  { name: "WebSocket-FLV", url: socketUrl },
];

let player;
let tries = 0;
let received = 0;

document.title = `${path.slice(1)} · Sluice`;
element("name").textContent = path.slice(1);
showLinks();
if (globalThis.mpegts?.isSupported()) connect();
else say("This browser cannot play live FLV. Open the stream in another player; the addresses are below.");
setInterval(measure, 1000);

function connect() {
  player?.destroy();
  // Every second try goes the other way: a proxy that spoils one often lets the other through.
  const way = ways[tries % ways.length];
  player = mpegts.createPlayer(
    { type: "flv", isLive: true, url: way.url },
    {
      enableStashBuffer: false,
      liveBufferLatencyChasing: true,
      liveBufferLatencyMaxLatency: 1.5,
      liveBufferLatencyMinRemain: 0.3,
      autoCleanupSourceBuffer: true,
    },
  );
  player.on(mpegts.Events.ERROR, (_kind, detail, info) => retry(problem(detail, info)));
  player.on(mpegts.Events.LOADING_COMPLETE, () => retry("The stream has ended. Waiting for it to come back …"));
  player.on(mpegts.Events.STATISTICS_INFO, ({ speed }) => {
    received = speed;
  });
  player.attachMediaElement(video);
  player.load();
  element("way").textContent = way.name;
  play();
}

function play() {
  video.play()?.catch((error) => {
    if (error.name === "NotAllowedError")
      say("Ready.", "Play", () => {
        say("");
        play();
      });
  });
}

function retry(words) {
  player?.destroy();
  player = undefined;
  element("facts").hidden = true;
  say(words);
  setTimeout(connect, waits[Math.min(tries, waits.length - 1)] * 1000);
  tries++;
}

function problem(detail, info) {
  if (info?.code === 404) return "Nobody is live here yet. The picture appears as soon as someone is.";
  if (info?.code === 401 || info?.code === 403) return "You may not watch this stream.";
  if (detail === "FormatUnsupported" || detail === "CodecUnsupported")
    return `This browser cannot play the stream's codec (${info?.msg ?? detail}).`;
  return "The connection was lost. Trying again …";
}

function say(words, label, action) {
  status.replaceChildren(words);
  if (!label) return;
  const button = document.createElement("button");
  button.textContent = label;
  button.addEventListener("click", action, { once: true });
  status.append(button);
}

video.addEventListener("playing", () => {
  tries = 0;
  say("");
  element("facts").hidden = false;
});

function measure() {
  if (!player || video.buffered.length === 0) return;
  const edge = video.buffered.end(video.buffered.length - 1);
  const delay = edge - video.currentTime;
  if (delay > maxDelay && !video.paused) video.currentTime = edge - 0.3;
  element("delay").textContent = `${Math.max(0, delay).toFixed(1)} s`;
  element("picture").textContent = video.videoWidth ? `${video.videoWidth} × ${video.videoHeight}` : "sound only";
  element("rate").textContent = `${Math.round(received * 8)} kbit/s`;
}

function showLinks() {
  const list = element("links");
  const links = { RTMP: `rtmp://${location.hostname}${path}`, "HTTP-FLV": flv, "WebSocket-FLV": socketUrl };
  for (const [name, url] of Object.entries(links)) {
    const term = document.createElement("dt");
    const address = document.createElement("dd");
    const code = document.createElement("code");
    term.textContent = name;
    code.textContent = url;
    address.append(code);
    list.append(term, address);
  }
}
