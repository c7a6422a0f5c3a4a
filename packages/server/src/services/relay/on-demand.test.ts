import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import test, { type TestContext } from "node:test";
import { flvViewer } from "../../../testing/clients.ts";
import { until } from "../../../testing/host.ts";
import { MovingPublisher } from "../../../testing/moving-publisher.ts";
import { operatorOf } from "../../../testing/whole-operator.ts";
import { type WholeServer, wholeServer } from "../../../testing/whole-server.ts";
import type { RelayView } from "./relay.ts";

type Line = { readonly message: string; readonly reason?: string; readonly stream?: string };

function lines(server: WholeServer): Line[] {
  return server.lines.map((line) => JSON.parse(line));
}

/** A server that fetches from another one, which has `live/cam`. */
async function pair(t: TestContext, more: string) {
  const origin = await wholeServer(t, "auth: open");
  const here = await wholeServer(
    t,
    `auth: open\napps: { live: { pull: { url: "rtmp://127.0.0.1:${origin.rtmp}/live/{name}", private: true, ${more} } } }`,
  );
  const encoder = await MovingPublisher.open(origin.rtmp, "cam", "both at once");
  const feed = setInterval(() => encoder.send(1), 50);
  t.after(() => {
    clearInterval(feed);
    encoder.client.socket.destroy();
  });
  const operator = await operatorOf(here);
  const pulls = async () => (await operator.get<{ items: RelayView[] }>("pulls")).items;
  const said = (message: string) => lines(here).filter((line) => line.message === message);
  const at = (path: string) => new URL(path, `http://127.0.0.1:${here.http}`);
  return { origin, here, operator, pulls, said, at };
}

test("who watches over HLS has the stream fetched, and it goes on as long as they watch", async (t) => {
  const { operator, pulls, said, at } = await pair(t, "idle: 2s, wait: 30s");
  const playlist = await fetch(at("/live/cam.m3u8"));
  assert.equal(playlist.status, 200);
  const [media = ""] = (await playlist.text()).match(/^\S+\.m3u8$/m) ?? [];
  const listed = await fetch(new URL(media, at("/live/")));
  assert.equal(listed.status, 200);
  await new Promise((resolve) => setTimeout(resolve, 4_000)); // longer than `idle`, and than it takes to be noticed
  assert.deepEqual(
    (await pulls()).map(({ stream, state }) => [stream, state]),
    [["live/cam", "receiving"]],
  );
  const { items } = await operator.get<{ items: { id: string; protocol: string }[] }>("sessions?role=viewer");
  assert.deepEqual(
    items.map(({ protocol }) => protocol),
    ["hls"],
  );
  await operator.ask("DELETE", `sessions/${items[0]?.id}`);
  await until(() => said("pull ended").length === 1, "it is fetched no more");
  assert.equal(said("pull ended")[0]?.reason, "nobody watches");
});

test("who watches over HTTP-FLV has the stream fetched, until they leave", async (t) => {
  const { here, pulls, said } = await pair(t, "idle: 1s, wait: 30s");
  const viewer = await flvViewer(here.http, "live/cam");
  await until(() => viewer.packets.filter(({ kind }) => kind === "frame").length > 20, "the viewer sees it");
  assert.equal((await pulls())[0]?.state, "receiving");
  viewer.close();
  await until(() => said("pull ended").length === 1, "it is fetched no more");
});

test("of one HTTP/2 connection only some requests wait", async (t) => {
  const { here } = await pair(t, "wait: 30s");
  const client = connectHttp2(`https://127.0.0.1:${here.app.ports["http.securePort"]}`, { rejectUnauthorized: false });
  client.on("error", () => {});
  t.after(() => client.destroy());
  const statuses: unknown[] = [];
  for (let left = 20; left > 0; left--) {
    const request = client.request({ ":path": "/live/none.flv" }).resume();
    request.on("response", (headers) => void statuses.push(headers[":status"]));
    request.on("error", () => {});
  }
  await until(() => statuses.length === 4, "the others are answered");
  assert.deepEqual(statuses, [429, 429, 429, 429]);
});

test("names that the other server does not have keep no others out", async (t) => {
  const { pulls, at } = await pair(t, "idle: 1h, wait: 200ms, most: 1");
  for (const name of ["one", "two"]) {
    const answer = await fetch(at(`/live/${name}.m3u8`));
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /does not have it or does not answer/);
    assert.deepEqual(
      (await pulls()).map(({ stream }) => stream),
      [`live/${name}`],
    );
  }
});
