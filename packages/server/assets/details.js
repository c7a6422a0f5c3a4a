import { addAddress, serverFacts } from "./addresses.js";
import { codecIn } from "./playback.js";

const rows = new Map();

/** What is being played, in the panel under the picture. */
export function showFacts(playback, video) {
  const behind = document.getElementById("behind");
  const delay = playback?.startedAt && playback.edge.delay;
  behind.hidden = delay === undefined;
  if (delay === undefined) {
    rows.clear();
    document.getElementById("facts").replaceChildren();
    return;
  }
  const { info = {}, way, speed } = playback;
  behind.textContent = `${delay.toFixed(1)} s behind`;
  show("Delay", `${delay.toFixed(1)} s in this player`);
  show("Picture", pictureIn(info, video));
  show("Sound", soundIn(info));
  show("Received", `${Math.round(speed * 8)} kbit/s over ${way}`);
  if (video.videoWidth > 0) show("Frames", framesOf(video));
}

/** The stream's addresses for other players. */
export async function showAddresses(list, path, flv) {
  const { rtmp } = await serverFacts();
  addAddress(list, "RTMP", `${rtmp}${path}${new URL(flv).search}`);
  addAddress(list, "HTTP-FLV", flv);
  addAddress(list, "WebSocket-FLV", flv.replace(/^http/, "ws"));
}

function show(name, words) {
  let value = rows.get(name);
  if (!value) {
    const term = document.createElement("dt");
    value = document.createElement("dd");
    term.textContent = name;
    document.getElementById("facts").append(term, value);
    rows.set(name, value);
  }
  value.textContent = words;
}

function pictureIn({ videoCodec = "", fps }, { videoWidth, videoHeight }) {
  if (videoWidth === 0) return "none";
  const rate = fps > 0 ? ` · ${Math.round(fps * 100) / 100} fps` : "";
  return `${videoWidth} × ${videoHeight}${rate} · ${codecIn(videoCodec) || videoCodec}`;
}

function soundIn({ hasAudio, audioCodec = "", audioSampleRate, audioChannelCount }) {
  if (!hasAudio) return "none";
  const channels = { 1: " · mono", 2: " · stereo" }[audioChannelCount] ?? ` · ${audioChannelCount} channels`;
  return `${codecIn(audioCodec) || audioCodec} · ${audioSampleRate / 1_000} kHz${channels}`;
}

function framesOf(video) {
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  return `${totalVideoFrames - droppedVideoFrames} shown, ${droppedVideoFrames} left out by this browser`;
}
