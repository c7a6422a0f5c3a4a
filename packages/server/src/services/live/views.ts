import { Type } from "typebox";
import type { Making } from "../../core/making.ts";
import { soundsOf } from "../../core/sounds.ts";
import type { Stream } from "../../core/stream.ts";
import { isDefault } from "../../core/tracks.ts";
import { count } from "../../http/api-shapes.ts";
import type { HealthWatch } from "../publishers/index.ts";
import type { Viewers } from "./viewers.ts";

const number = Type.Number();
const bitrate = Type.Number({ description: "bits per second" });
const text = Type.String();
const flag = Type.Boolean();
const optional = Type.Optional;

const track = Type.Object(
  {
    kind: Type.Enum(["video", "audio", "data"]),
    id: Type.Integer(),
    codec: text,
    codecString: optional(text),
    width: optional(Type.Integer()),
    height: optional(Type.Integer()),
    frameRate: optional(number),
    sampleRate: optional(number),
    channels: optional(number),
    name: optional(Type.String({ description: "what people choose a sound by" })),
    language: optional(Type.String({ description: "of a sound, where the publisher says it" })),
    bitrate: optional(Type.Number({ description: "bits per second as it comes in; absent while that is not known" })),
    default: Type.Boolean({ description: "viewers get it who ask for nothing" }),
  },
  { title: "Track" },
);

const warning = Type.Object(
  {
    code: Type.String({ description: "stable" }),
    text: Type.String({ description: "what viewers will notice, and what to do" }),
  },
  { title: "Warning" },
);

const health = Type.Object(
  {
    bitrate,
    videoBitrate: bitrate,
    audioBitrate: bitrate,
    frameRate: optional(number),
    keyframeMs: optional(number),
    longestKeyframeMs: optional(number),
    driftMs: optional(Type.Number({ description: "how far sound is ahead of the picture as they arrive" })),
    jitterMs: optional(number),
    pace: optional(Type.Number({ description: "media time that comes in per time that passes" })),
    reordered: Type.Boolean({ description: "there are B-frames" }),
    jumps: count,
    silentMs: number,
    encoder: optional(text),
    warnings: Type.Array(warning),
  },
  { title: "Health" },
);

const age = Type.Object(
  { p50Ms: number, p99Ms: number },
  {
    title: "FrameAge",
    description:
      "milliseconds from when the server had a packet until all who take the stream as it comes (RTMP, FLV, TS) were given it, over the last seconds: half took at most `p50Ms`, 99 of 100 at most `p99Ms`; absent where nobody takes it so",
  },
);

const rung = Type.Object(
  {
    name: text,
    width: Type.Integer(),
    height: Type.Integer(),
    frameRate: optional(number),
    bitrate,
    codec: text,
    preset: optional(text),
    track: optional(
      Type.Integer({
        description: "the publisher sends it itself, as the video track of this number; absent where it is made here",
      }),
    ),
    aligned: optional(
      Type.Boolean({
        description:
          "of one that the publisher sends: its keyframes have the times of the source's, so viewers are moved without a gap in the picture",
      }),
    ),
    measured: Type.Number({ description: "bits per second, sound included; 0 while that is not known" }),
    live: flag,
    viewers: count,
    age: optional(age),
  },
  { title: "Rung" },
);

/** How the qualities are made is known from the first keyframe on; `engine` is "publisher" where it sends them all. */
const ladder = Type.Object(
  {
    state: optional(Type.Enum(["planned", "queued", "refused", "starting", "running", "failed", "unable"])),
    reason: optional(text),
    engine: optional(text),
    encoder: optional(text),
    restarts: optional(count),
    droppedGroups: optional(count),
    leftOut: optional(Type.Array(text)),
    cores: optional(number),
    measured: bitrate,
    soundOnly: flag,
    rungs: Type.Array(rung),
  },
  { title: "Ladder" },
);

const streamState = Type.Enum(["waiting", "live", "held", "ended"], { title: "StreamState" });

/** A stream, as the API shows it. */
export const streamShape = Type.Object(
  {
    path: Type.String({ description: "APP/NAME" }),
    app: text,
    name: text,
    state: streamState,
    viewers: count,
    tracks: Type.Array(track),
    bytesIn: count,
    packetsIn: count,
    bytesKept: count,
    seconds: Type.Number({ description: "of media, since the stream began" }),
    age: optional(age),
    health: optional(health),
    ladder: optional(ladder),
  },
  { title: "Stream" },
);

export function streamView(stream: Stream, health: Omit<HealthWatch, "close">, viewers: Viewers): object {
  const { name, state, log, bytesIn, packetsIn } = stream;
  const publisher = health.of(stream);
  return {
    path: name.path,
    app: name.app,
    name: name.name,
    state,
    viewers: viewers.of(stream),
    tracks: tracksView(stream, health),
    bytesIn,
    packetsIn,
    bytesKept: log.bytes,
    seconds: log.headUs / 1e6,
    age: stream.age,
    ...(publisher === undefined ? {} : { health: publisher }),
    ...(stream.ladder.making === undefined && stream.ladder.rungs.length === 0
      ? {}
      : { ladder: ladderView(stream, viewers) }),
  };
}

function tracksView(stream: Stream, health: Pick<HealthWatch, "bitrateOf">): readonly object[] {
  const { tracks, metadata } = stream;
  const sounds = soundsOf(tracks, metadata);
  return tracks.map((each) => {
    const { config: _config, ...facts } = each;
    const { name, language } = sounds.find((sound) => sound.track === each) ?? {};
    const bitrate = health.bitrateOf(stream, each);
    return { ...facts, name, language, bitrate, default: isDefault(tracks, each) };
  });
}

const sending: Making = {
  state: "running",
  reason: "",
  engine: "publisher",
  encoder: "",
  restarts: 0,
  droppedGroups: 0,
  leftOut: [],
  cores: 0,
};

/** The qualities beside the source, and how they are made. */
function ladderView(stream: Stream, viewers: Viewers): object {
  const { rungs, making, bitrate: source, soundOnly } = stream.ladder;
  const areSent = rungs.length > 0 && rungs.every(({ plan }) => plan.track !== undefined);
  return {
    ...(areSent ? sending : making),
    measured: Math.round(source.value),
    soundOnly,
    rungs: rungs.map(({ plan, live, aligned, bitrate: measured, audience }) => ({
      ...plan,
      aligned: plan.track === undefined || !live ? undefined : aligned,
      measured: Math.round(measured.value),
      live,
      viewers: viewers.on(stream, plan.name),
      age: audience.age.spread,
    })),
  };
}
