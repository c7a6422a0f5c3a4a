import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { localProof } from "../../src/http/local-proof.ts";
import { until } from "../host.ts";
import { player, publisher } from "../peer.ts";
import { wholeServer } from "../whole-server.ts";
import { bodies } from "../wire-bytes.ts";

type Row = Readonly<Record<string, unknown>>;
type Told = Row & { readonly streams: Row[]; readonly clients: Row[]; readonly stream: Row; readonly client: Row };

/** A server with a publisher and two viewers, and its API as programs see it that were made for SRS. */
async function observed(t: TestContext) {
  const server = await wholeServer(t, "auth: open");
  const source = await publisher(server.rtmp, "cam");
  const viewers = [await player(server.rtmp, "cam"), await player(server.rtmp, "cam")];
  t.after(() => [source, ...viewers].forEach(({ socket }) => void socket.destroy()));
  source.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF]);
  await until(() => viewers.every((viewer) => viewer.media(9).length > 0), "both viewers have a picture");
  const secret = await readFile(join(dirname(server.file), ".sluice", "secret"));
  const ask = async (path: string, method = "GET") => {
    const url = new URL(`http://127.0.0.1:${server.http}/compat/srs/api/v1/${path}`);
    const response = await fetch(url, { method, headers: { authorization: localProof(secret, method, url.pathname) } });
    assert.equal(response.status, 200, path);
    return (await response.json()) as Told;
  };
  return { server, viewers, ask };
}

test("streams and clients have the shapes of SRS, and refer to each other", async (t) => {
  const { ask } = await observed(t);
  const { code, server, service, pid, streams } = await ask("streams/?count=100&_=1700000000");
  assert.deepEqual([code, server, typeof service, pid], [0, "sluice", "string", String(process.pid)]);
  const [stream = {}] = streams;
  const { id, live_ms, frames, send_bytes, recv_bytes, kbps, publish, video, audio, ...rest } = stream;
  assert.deepEqual(rest, {
    name: "cam",
    vhost: "__defaultVhost__",
    app: "live",
    tcUrl: "rtmp://__defaultVhost__/live",
    url: "/live/cam",
    clients: 3,
  });
  assert.ok([live_ms, frames, recv_bytes].every((each) => Number(each) > 0));
  assert.deepEqual(Object.keys(kbps as Row), ["recv_30s", "send_30s"]);
  assert.deepEqual(Object.keys(video as Row), ["codec", "profile", "level", "width", "height"]);
  assert.deepEqual([(video as Row).codec, (audio as Row).codec, (audio as Row).profile], ["H264", "AAC", "LC"]);
  const { clients } = await ask("clients");
  assert.deepEqual(
    clients.map(({ type, publish: isPublisher, stream: of, ip }) => [type, isPublisher, of, ip]),
    [
      ["fmle-publish", true, id, "127.0.0.1"],
      ["rtmp-play", false, id, "127.0.0.1"],
      ["rtmp-play", false, id, "127.0.0.1"],
    ],
  );
  assert.deepEqual(publish, { active: true, cid: clients[0]?.id });
  assert.equal(typeof send_bytes, "number");
  assert.equal((await ask(`streams/${id}`)).stream.name, "cam");
  assert.equal((await ask(`clients/${clients[1]?.id}`)).client.url, "/live/cam");
  assert.deepEqual(
    (await ask("clients?start=1&count=1")).clients.map((each) => each.id),
    [clients[1]?.id],
  );
});

test("a client is sent away; what is not there has the code of SRS; the rest is as its dashboards expect", async (t) => {
  const { server, viewers, ask } = await observed(t);
  const { clients } = await ask("clients");
  assert.equal((await ask(`clients/${clients[1]?.id}`, "DELETE")).code, 0);
  await until(() => viewers.some(({ socket }) => socket.closed || socket.readyState !== "open"), "one viewer is gone");
  assert.deepEqual(await ask("clients/none", "DELETE"), { code: 2049 });
  assert.deepEqual(await ask("clients/none"), { code: 2049 });
  assert.deepEqual(await ask("streams/none"), { code: 2048 });
  const { data } = (await ask("summaries")) as unknown as { data: { ok: boolean; self: Row; system: Row } };
  assert.deepEqual([data.ok, data.self.pid], [true, process.pid]);
  assert.ok(Number(data.system.srs_recv_bytes) > 0);
  const versions = (await ask("versions")) as unknown as { data: Row };
  assert.deepEqual(Object.keys(versions.data), ["major", "minor", "revision", "version"]);
  const stranger = await fetch(`http://127.0.0.1:${server.http}/compat/srs/api/v1/streams`);
  assert.equal(stranger.status, 401);
});
