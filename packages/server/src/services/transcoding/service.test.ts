import assert from "node:assert/strict";
import test from "node:test";
import { fakeEngine, missingEngine } from "../../../testing/fake-engine.ts";
import { testHost, until } from "../../../testing/host.ts";
import { both, encoded, publishLive } from "../../../testing/live.ts";
import { Events } from "../../core/events.ts";
import { Engines } from "./engines.ts";
import { openTranscoding } from "./index.ts";
import type { AppTranscoding, TranscodingSettings } from "./settings.ts";

const settings: TranscodingSettings = {
  ffmpeg: "ffmpeg",
  encoder: "auto",
  preset: "veryfast",
  budget: 4,
  maxStreams: 0,
  whenFull: "queue",
};
const nothing: AppTranscoding = {
  ladder: "none",
  start: "stream",
  idleMs: 0,
  thumbnailSeconds: 0,
  thumbnailWidth: 320,
};
const half = { name: "half", width: 32, height: 32, fps: 0, bitrate: 100, codec: "h264", preset: "" } as const;

/** A host with the service and one live stream, whose app may change its mind. */
async function served(t: test.TestContext, ffmpeg = settings.ffmpeg) {
  const host = await testHost();
  const fake = fakeEngine();
  const state = { app: nothing };
  const service = openTranscoding({
    hub: host.hub,
    events: new Events(),
    log: host.log,
    app: () => state.app,
    settings: () => ({ ...settings, ffmpeg }),
    engines: new Engines(
      () => ({ ...settings, ffmpeg }),
      (program) => (program === "missing" ? missingEngine : fake.engine),
    ),
  });
  t.after(async () => {
    await host.close();
    await service.close();
  });
  return { host, fake, state, service };
}

test("streams are made qualities of as long as their app wants them, and stop with the service", async (t) => {
  const { host, fake, state, service } = await served(t);
  const { stream, append } = publishLive(host);
  append(encoded(6_500, both));
  state.app = { ...nothing, ladder: [half] };
  service.changed();
  append(encoded(500, { ...both, fromMs: 6_500 }));
  await until(() => stream.ladder.rungs[0]?.live === true, "the rung is live");
  state.app = nothing;
  service.changed();
  assert.equal(stream.ladder.rungs.length, 0);
  await until(() => fake.jobs[0]?.stopped === true, "the process has stopped");
  state.app = { ...nothing, thumbnailSeconds: 1 };
  service.changed();
  append(encoded(500, { ...both, fromMs: 7_000 }));
  await until(() => stream.pictures.newest !== undefined, "there is a picture");
  await service.close();
  assert.ok(fake.jobs.every(({ stopped }) => stopped));
});

test("a stream that is over is forgotten with its process", async (t) => {
  const { host, fake, state } = await served(t);
  state.app = { ...nothing, ladder: [half] };
  const { stream, append } = publishLive(host);
  append(encoded(500, both));
  await until(() => stream.ladder.rungs[0]?.live === true, "the rung is live");
  stream.end("over");
  assert.equal(fake.jobs[0]?.stopped, true);
});

test("what cannot be done is said at the start", async (t) => {
  const { host, service } = await served(t, "missing");
  service.prepare(nothing);
  service.prepare({ ...nothing, ladder: "auto" });
  await until(() => host.lines.length > 0, "it is logged");
  assert.deepEqual(
    host.lines.map(({ text }) => text),
    ["no other qualities and no thumbnails can be made"],
  );
});
