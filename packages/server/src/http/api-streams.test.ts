import assert from "node:assert/strict";
import test from "node:test";
import { testHost } from "../../testing/host.ts";
import { both, encoded, publishLive } from "../../testing/live.ts";
import type { ApiCall } from "./api.ts";
import { streamRoutes } from "./api-streams.ts";

test("a stream shows the qualities beside its source, and how they are made", async (t) => {
  const host = await testHost();
  t.after(() => host.close());
  const list = () => {
    const route = streamRoutes(host.hub, host.sessions).find(({ path }) => path === "streams") ?? assert.fail();
    const [shown] = route.handle({} as ApiCall) as { ladder?: object }[];
    return shown?.ladder;
  };
  const { stream, append } = publishLive(host);
  assert.equal(list(), undefined, "one without is as it was");
  const plan = { name: "480p", width: 854, height: 480, bitrate: 1_200_000, codec: "h264" } as const;
  stream.ladder.plan([plan], { soundOnly: true });
  const making = {
    state: "queued",
    reason: "there is no room",
    engine: "ffmpeg",
    encoder: "software",
    restarts: 1,
    droppedGroups: 2,
    leftOut: [],
    cores: 0.5,
  } as const;
  stream.ladder.making = making;
  append(encoded(100, both));
  assert.deepEqual(list(), {
    ...making,
    measured: 0,
    soundOnly: true,
    rungs: [{ ...plan, measured: 0, live: false, viewers: 0 }],
  });
});
