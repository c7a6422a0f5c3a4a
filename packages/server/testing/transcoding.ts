import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Packet, VideoTrack } from "@sluice/media";
import { Events, type ServerEvent } from "../src/core/events.ts";
import { Hub } from "../src/core/hub.ts";
import { Pacer } from "../src/core/pacer.ts";
import { defaultLogLimits } from "../src/core/packet-log.ts";
import type { Stream } from "../src/core/stream.ts";
import { streamName } from "../src/core/stream-name.ts";
import { Budget } from "../src/services/transcoding/budget.ts";
import { Engines } from "../src/services/transcoding/engines.ts";
import type { RungWish } from "../src/services/transcoding/ladder.ts";
import type { AppTranscoding, TranscodingSettings } from "../src/services/transcoding/settings.ts";
import { Transcoder } from "../src/services/transcoding/transcoder.ts";
import { fakeEngine, missingEngine } from "./fake-engine.ts";
import { audio, audioTrack, config, video, videoTrack } from "./synthetic.ts";

/** Qualities of the tests' source, which is 64 × 64. */
export const small: RungWish = {
  name: "small",
  width: 32,
  height: 32,
  fps: 0,
  bitrate: 100,
  codec: "h264",
  preset: "",
};
export const tiny: RungWish = { ...small, name: "tiny", width: 16, height: 16, bitrate: 50 };
const explicit: AppTranscoding = {
  ladder: [small, tiny],
  start: "stream",
  idleMs: 5_000,
  thumbnailSeconds: 0,
  thumbnailWidth: 320,
};
/** What a test changes nothing of. */
export const usual: TranscodingSettings = {
  ffmpeg: "ffmpeg",
  encoder: "software",
  preset: "veryfast",
  budget: 8,
  maxStreams: 0,
  whenFull: "queue",
};

type Asked = {
  app?: Partial<AppTranscoding>;
  server?: Partial<TranscodingSettings>;
  budget?: Budget;
  name?: string;
  configured?: VideoTrack;
};

/** One stream and its transcoder, on a clock that the test moves. Media comes at the speed of the clock. */
export function transcoding(t: TestContext, asked: Asked = {}) {
  const events = new Events();
  const told: ServerEvent[] = [];
  events.subscribe((event) => told.push(event));
  const hub = new Hub({
    pacer: new Pacer(),
    events,
    app: () => ({
      duplicate: "takeover",
      holdMs: 60_000,
      log: defaultLogLimits,
      cursor: { maxLagUs: 4_000_000, stallMs: 20_000 },
    }),
    limits: () => ({ maxStreams: 10 }),
  });
  const name = streamName("live", asked.name ?? "cam") ?? assert.fail();
  const publish = () => {
    const granted = hub.publish(name, undefined, { closed: () => {} });
    return "source" in granted ? granted : assert.fail(granted.reason);
  };
  const { stream, source } = publish();
  const state = {
    app: { ...explicit, ...asked.app },
    server: { ...usual, ...asked.server },
    at: 1_000,
    ms: 0,
    source,
  };
  const fake = fakeEngine();
  const budget = asked.budget ?? new Budget(() => state.server);
  const none = () => {};
  const transcoder = new Transcoder({
    stream,
    app: () => state.app,
    server: () => state.server,
    budget,
    engines: new Engines(
      () => state.server,
      (program) => (program === "missing" ? missingEngine : fake.engine),
    ),
    events,
    log: { debug: none, info: none, warn: none, error: none },
    clock: () => state.at,
  });
  t.after(async () => {
    hub.close("the test is over");
    await transcoder.close();
  });
  /** Time passes, a quarter of a second a step; the source sends as many pictures as it has in it. */
  const pass = async (ms: number, { sends = true, track = videoTrack, gopMs = 2000, bytes = 20 } = {}) => {
    for (const end = state.ms + ms; state.ms < end; state.ms += 250) {
      if (sends)
        for (const packet of media(state.ms, state.ms + 250, { track, gopMs, bytes })) state.source.append(packet);
      state.at += 250;
      transcoder.tick();
      for (let index = 0; index < 8; index++) await turn();
    }
  };
  for (const packet of configurations(asked.configured)) source.append(packet);
  const said = (...kinds: string[]) =>
    told.flatMap((event) =>
      event.kind === "transcoder" && (kinds.length === 0 || kinds.includes(event.state)) ? [event] : [],
    );
  return { hub, stream, publish, state, fake, budget, transcoder, pass, said };
}

export const configurations = (track = videoTrack) => [config(track), config(audioTrack)];

/** 25 pictures a second, and sound with each. */
export function* media(
  fromMs: number,
  toMs: number,
  { track = videoTrack, gopMs = 2000, bytes = 20 } = {},
): Generator<Packet> {
  for (let at = Math.ceil(fromMs / 40) * 40; at < toMs; at += 40) {
    yield { ...video(at, at % gopMs === 0, new Uint8Array(bytes)), track };
    yield audio(at);
  }
}

/** As an encoder might announce it; what is in the packets does not matter to the fake engine. */
export const large: VideoTrack = {
  ...videoTrack,
  config: Buffer.concat([videoTrack.config, Buffer.of(0)]),
  width: 1280,
  height: 720,
};

export const live = (stream: Stream) => stream.ladder.rungs.map((rung) => `${rung.name} ${rung.live}`);
