import assert from "node:assert/strict";
import test from "node:test";
import { testHost } from "../../testing/host.ts";
import { both, encoded, publishLive } from "../../testing/live.ts";
import { rungPlan } from "../../testing/rungs.ts";
import { httpFlv } from "../protocols/http-flv/index.ts";

test("a player of FLV learns by name which qualities there are, on other origins too", async (t) => {
  const host = await testHost();
  t.after(() => host.close());
  await host.run((each) => httpFlv.start(each, () => ({ enabled: true })));
  const { stream, append } = publishLive(host);
  append(encoded(1_000, both));
  const ask = () => fetch(`http://127.0.0.1:${host.ports["http.port"]}/live/cam.flv`, { method: "HEAD" });
  assert.equal((await ask()).headers.get("sluice-renditions"), null);
  stream.ladder.plan([rungPlan]);
  const { headers } = await ask();
  assert.equal(headers.get("sluice-renditions"), '"source";width=64;height=64, "240p";width=426;height=240, "audio"');
  assert.match(headers.get("access-control-expose-headers") ?? "", /sluice-renditions/);
});
