import assert from "node:assert/strict";
import { type AmfObject, encodeAmf0 } from "@sluice/media";
import type { ConnectAnswer } from "../../src/core/access.ts";
import type { StreamName } from "../../src/core/stream-name.ts";
import { challengeAccess } from "../challenge-access.ts";
import { challengeQuery } from "../challenge-encoder.ts";
import { until } from "../host.ts";
import { type Peer, peer } from "../peer.ts";
import { bodies } from "../wire-bytes.ts";
import { logged, wireCase } from "../wire-case.ts";

const cam: StreamName = { app: "live", name: "cam", path: "live/cam" };
const password = "a-password-nobody-may-see";

/** What an encoder says when it connects. */
const encoder = (query = ""): AmfObject => ({
  app: `live${query}`,
  tcUrl: `rtmp://127.0.0.1/live${query}`,
  type: "nonprivate",
  flashVer: "FMLE/3.0 (compatible; FMSc/1.0)",
});

/** Connects once, and is turned away with these words. */
async function turnedAway(port: number, query?: string): Promise<string> {
  const made = await (await peer(port)).connect(encoder(query));
  const refused = await made.answer(1);
  assert.equal(refused.name, "_error");
  const { code, description, level } = refused.args[0] as Record<string, string>;
  assert.deepEqual([code, level], ["NetConnection.Connect.Rejected", "error"]);
  await until(() => made.closed, "the server closes");
  return description ?? "";
}

/** What the third connection shows. */
async function proof(port: number, mode: string, shown = password): Promise<string> {
  return challengeQuery(await turnedAway(port, `?authmod=${mode}&user=anna`), shown, "live");
}

async function publishes(made: Peer, name: string): Promise<string> {
  await made.call("createStream");
  made.tell(1, "publish", name, "live");
  return (await made.status(/^NetStream\.Publish\./)).code;
}

for (const mode of ["adobe", "llnw"] as const) {
  wireCase(
    `CMD-24 ${mode}: who knows the password publishes its own streams and no others; no secret is logged`,
    async ({ rtmp, host }) => {
      assert.match(await turnedAway(rtmp), new RegExp(`code=403 need auth; authmod=${mode} \\]$`));
      const query = await proof(rtmp, mode);
      const made = await (await peer(rtmp)).connect(encoder(query));
      assert.equal((await made.answer(1)).name, "_result");
      assert.equal(await publishes(made, "cam"), "NetStream.Publish.Start");
      const other = await (await peer(rtmp)).connect(encoder(await proof(rtmp, mode)));
      assert.equal(await publishes(other, "theirs"), "NetStream.Publish.Unauthorized");
      assert.equal((await logged(host, /^publisher refused$/)).rule, "challenge/stream");
      assert.match(await turnedAway(rtmp, await proof(rtmp, mode, "a guess")), /\?reason=authfailed$/);
      const log = JSON.stringify(host.lines);
      assert.ok(log.includes("challenge/needed") && log.includes("challenge/asked") && log.includes("challenge/wrong"));
      const shown = [...query.matchAll(/=([^&]{9,})/g)].map(([, value = ""]) => value);
      assert.ok(shown.length >= 2);
      for (const secret of [password, "a guess", ...shown]) assert.ok(!log.includes(secret), secret);
    },
    { access: challengeAccess("anna", password, mode) },
  );

  wireCase(
    `CMD-24 ${mode}: a captured exchange that is sent again is refused`,
    async ({ rtmp }) => {
      const query = await proof(rtmp, mode);
      const first = await (await peer(rtmp)).connect(encoder(query));
      assert.equal((await first.answer(1)).name, "_result");
      assert.match(await turnedAway(rtmp, query), /\?reason=authfailed$/);
      first.socket.destroy();
      assert.match(await turnedAway(rtmp, query), /\?reason=authfailed$/);
    },
    { access: challengeAccess("anna", password) },
  );
}

wireCase(
  "an encoder that waits for no answer publishes all the same, and loses nothing",
  async ({ rtmp, host }) => {
    const made = await (await peer(rtmp)).shake();
    const query = await proof(rtmp, "adobe");
    made.send(0, [20, 0, encodeAmf0("connect", 1, encoder(query))], [20, 0, encodeAmf0("createStream", 2, null)]);
    made.tell(1, "publish", "cam", "live");
    made.send(1, [9, 0, bodies.VSH], [9, 0, bodies.VI]);
    await made.status(/^NetStream\.Publish\.Start$/);
    await until(() => (host.hub.find(cam)?.tracks.length ?? 0) > 0, "the configuration has come");
  },
  { access: challengeAccess("anna", password) },
);

wireCase(
  "players are not asked, and publishers who did not connect as such show nothing",
  async ({ rtmp }) => {
    const made = await (await peer(rtmp)).connect({ ...encoder(), type: undefined, flashVer: "LNX 9,0,124,2" });
    assert.equal((await made.answer(1)).name, "_result");
    assert.equal(await publishes(made, "cam"), "NetStream.Publish.Unauthorized");
  },
  { access: challengeAccess("anna", password) },
);

const open = { decide: () => ({ allowed: true }) as const };
const slow: ((answer: ConnectAnswer) => void)[] = [];

wireCase(
  "who leaves before connect is answered has published nothing",
  async ({ rtmp, host }) => {
    const made = await (await peer(rtmp)).shake();
    made.send(0, [20, 0, encodeAmf0("connect", 1, encoder())], [20, 0, encodeAmf0("createStream", 2, null)]);
    made.tell(1, "publish", "cam", "live");
    await until(() => slow.length === 1, "the server asks");
    made.socket.destroy();
    await until(() => host.admission.total === 0, "the server has noticed");
    for (const answer of slow) answer({});
    const later = await (await peer(rtmp)).connect();
    assert.equal(await publishes(later, "other"), "NetStream.Publish.Start");
    assert.equal(host.hub.find(cam), undefined);
  },
  { access: { ...open, connect: () => new Promise((resolve) => void slow.push(resolve)) } },
);

wireCase(
  "a check that fails lets nobody in",
  async ({ rtmp, host }) => {
    assert.equal(await turnedAway(rtmp), "the server could not check this request");
    assert.equal((await logged(host, /^publisher refused$/)).rule, "access/failed");
  },
  { access: { ...open, connect: () => Promise.reject(new Error("the records are away")) } },
);
