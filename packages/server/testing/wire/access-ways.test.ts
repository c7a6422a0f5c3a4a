import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { signToken } from "../../src/services/auth/jwt-sign.ts";
import { signAddress } from "../../src/services/auth/signed-sluice.ts";
import { until } from "../host.ts";
import { flvRequest, httpPeer, webSocketRequest } from "../http-peer.ts";
import { peer, publisher } from "../peer.ts";
import { type WholeServer, wholeServer } from "../whole-server.ts";
import { bodies } from "../wire-bytes.ts";

const streamKey = "the-right-stream-key";
const secret = "a-secret-for-tokens-of-32-letters";
const soon = () => Math.floor(Date.now() / 1000) + 600;
const md5 = (text: string) => createHash("md5").update(text).digest();

/** What somebody shows: behind the address, and beside it. */
type Shown = { readonly query?: string; readonly headers?: string; readonly pageUrl?: string };

/** Over each protocol, whether somebody gets the stream. */
const players: Readonly<Record<string, (server: WholeServer, shown: Shown) => Promise<boolean>>> = {
  rtmp: playsRtmp,
  "http-flv": (server, shown) => playsHttp(server, ".flv", shown),
  "ws-flv": (server, shown) => playsHttp(server, ".flv", shown, webSocketRequest),
  "http-ts": (server, shown) => playsHttp(server, ".ts", shown),
  hls: (server, shown) => playsHttp(server, ".m3u8", shown),
  dash: (server, shown) => playsHttp(server, ".mpd", shown),
};

async function playsHttp({ http }: WholeServer, suffix: string, shown: Shown, request = flvRequest): Promise<boolean> {
  const { query = "", headers = "" } = shown;
  const made = await httpPeer(http, request(`/live/cam${suffix}?${query}`, headers));
  const { status } = await made.head();
  made.socket.destroy();
  assert.ok([101, 200, 302, 403].includes(status), `${suffix}: ${status}`);
  return status !== 403;
}

async function playsRtmp({ rtmp }: WholeServer, { query = "", pageUrl }: Shown): Promise<boolean> {
  const object = { app: "live", tcUrl: "rtmp://127.0.0.1/live", ...(pageUrl === undefined ? {} : { pageUrl }) };
  const made = await (await peer(rtmp)).connect(object);
  await made.call("createStream");
  made.tell(1, "play", `cam?${query}`);
  const { code } = await made.status(/Play\.(Start|Failed)$/);
  made.socket.destroy();
  return code.endsWith("Start");
}

async function publishes({ rtmp }: WholeServer, name: string): Promise<boolean> {
  const made = await (await peer(rtmp)).connect();
  await made.call("createStream");
  made.tell(1, "publish", name, "live");
  const { code } = await made.status(/Publish\.(Start|Unauthorized|BadName)$/);
  made.socket.destroy();
  return code.endsWith("Start");
}

/** A server with these rules for playing, and a stream that is long enough for segments. */
async function playing(t: TestContext, access: object): Promise<WholeServer> {
  const server = await wholeServer(t, config(access));
  const source = await publisher(server.rtmp, `cam?key=${streamKey}`);
  t.after(() => source.socket.destroy());
  for (let second = 0; second < 9; second++)
    source.send(1, [9, second * 1000, bodies.VI], [8, second * 1000, bodies.AF]);
  await until(() => server.lines.some((line) => /"state":"live"/.test(line)), "the stream is live");
  return server;
}

function config(access: object): string {
  return `streamKeys: [${streamKey}]\napps: ${JSON.stringify({ live: { access } })}\n`;
}

const jwt = { secret };
const signed = { secret };
const ways: { name: string; access: object; right: () => Shown; wrong: (() => Shown)[]; overHttp?: boolean }[] = [
  {
    name: "a token",
    access: { play: ["jwt"], jwt },
    right: () => ({ query: `token=${signToken({ exp: soon(), app: "live", stream: "cam" }, secret)}` }),
    wrong: [
      () => ({}),
      () => ({ query: "token=" }),
      () => ({ query: `token=${signToken({ exp: soon(), stream: "cam" }, `${secret}x`)}` }),
      () => ({ query: `token=${signToken({ exp: soon() - 700, stream: "cam" }, secret)}` }),
      () => ({ query: `token=${signToken({ exp: soon(), stream: "other" }, secret)}` }),
      () => ({ query: `token=${signToken({ exp: soon(), action: "publish", stream: "cam" }, secret)}` }),
      () => ({ query: `token=${signToken({ exp: soon(), stream: "cam", ip: "192.0.2.1" }, secret)}` }),
    ],
  },
  {
    name: "a signed address",
    access: { play: ["signed"], signed },
    right: () => ({ query: signAddress({ action: "play", stream: "live/cam", expires: soon() }, secret) }),
    wrong: [
      () => ({}),
      () => ({ query: signAddress({ action: "play", stream: "live/other", expires: soon() }, secret) }),
      () => ({ query: signAddress({ action: "publish", stream: "live/cam", expires: soon() }, secret) }),
      () => ({ query: signAddress({ action: "play", stream: "live/cam", expires: soon() - 700 }, secret) }),
      () => ({ query: signAddress({ action: "play", stream: "live/cam", expires: soon() }, `${secret}x`) }),
    ],
  },
  {
    name: "an address signed as Node-Media-Server does it",
    access: { play: ["signed"], signed: { secret, form: "node-media-server" } },
    right: () => nodeMediaServer("/live/cam", soon()),
    wrong: [() => ({}), () => nodeMediaServer("/live/other", soon()), () => nodeMediaServer("/live/cam", soon() - 700)],
  },
  {
    name: "the way that comes second, where the first finds nothing of its own",
    access: { play: ["signed", "jwt"], signed, jwt },
    right: () => ({ query: `token=${signToken({ exp: soon(), stream: "cam" }, secret)}` }),
    wrong: [() => ({}), () => ({ query: `expires=${soon()}&signature=${"A".repeat(43)}` })],
  },
  {
    name: "the page that plays",
    access: { referrers: ["*.example.com"], referrerNeeded: true },
    right: () => page("https://www.example.com/watch"),
    wrong: [() => ({}), () => page("https://evil.example/"), () => page("https://www.example.com@evil.example/")],
  },
];

function nodeMediaServer(path: string, end: number): Shown {
  return { query: `sign=${end}-${md5(`${path}-${end}-${secret}`).toString("hex")}` };
}

function page(url: string): Shown {
  return { headers: `Referer: ${url}\n`, pageUrl: url };
}

for (const { name, access, right, wrong } of ways) {
  test(`${name} lets the right one play over every protocol, and keeps the wrong ones out`, async (t) => {
    const server = await playing(t, access);
    for (const [protocol, plays] of Object.entries(players)) {
      assert.equal(await plays(server, right()), true, `${protocol}, the right one`);
      for (const [index, each] of wrong.entries())
        assert.equal(await plays(server, each()), false, `${protocol}, wrong one ${index}`);
    }
    const said = server.lines.join("");
    assert.ok(!said.includes(secret) && !said.includes(streamKey));
  });
}

test("addresses and bans let in and keep out over every protocol, and a reload counts at once", async (t) => {
  const server = await playing(t, { addresses: { allow: ["127.0.0.0/8"] } });
  for (const [protocol, plays] of Object.entries(players)) assert.equal(await plays(server, {}), true, protocol);
  for (const addresses of [{ allow: ["192.0.2.0/24"] }, { deny: ["127.0.0.1"] }]) {
    await server.reload(config({ addresses }));
    for (const [protocol, plays] of Object.entries(players)) assert.equal(await plays(server, {}), false, protocol);
  }
});

test("a callback decides for each protocol and is told which; one that hangs delays nobody who need not ask it", async (t) => {
  const asked: { event: string; protocol: string; query: Record<string, string> }[] = [];
  const callback = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += String(piece);
    const question = JSON.parse(text);
    asked.push(question);
    if (question.query.hang === undefined) response.end(JSON.stringify({ allow: question.query.ticket === "good" }));
  });
  await new Promise<void>((resolve) => callback.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    callback.closeAllConnections();
    callback.close();
  });
  const url = `http://127.0.0.1:${(callback.address() as AddressInfo).port}/`;
  const server = await playing(t, { play: ["callback"], callback: { play: url, timeout: "30s", concurrency: 2 } });
  const hanging = await httpPeer(server.http, flvRequest("/live/cam.flv?hang=1"));
  await until(() => asked.length === 1, "the callback is asked");
  for (const [protocol, plays] of Object.entries(players)) {
    assert.equal(await plays(server, { query: "ticket=good" }), true, protocol);
    assert.equal(await plays(server, { query: "ticket=bad" }), false, protocol);
    assert.deepEqual(
      asked.slice(-2).map((each) => each.event),
      ["play", "play"],
    );
  }
  assert.equal(await publishes(server, `other?key=${streamKey}`), true);
  assert.equal(hanging.received().length, 0);
  hanging.socket.destroy();
  assert.deepEqual(
    new Set(asked.map(({ protocol }) => protocol)),
    new Set(["rtmp", "http-flv", "http-ts", "hls", "dash"]),
  );
});

const publishing: { name: string; access: object; right: () => string; wrong: (() => string)[] }[] = [
  {
    name: "a stream key of the configuration",
    access: {},
    right: () => `cam?key=${streamKey}`,
    wrong: [() => "cam", () => "cam?key=", () => `cam?key=${streamKey}x`, () => `cam?token=${streamKey}`],
  },
  {
    name: "a token",
    access: { publish: ["jwt"], jwt },
    right: () => `cam?token=${signToken({ exp: soon(), action: "publish", stream: "cam" }, secret)}`,
    wrong: [
      () => `cam?key=${streamKey}`,
      () => `cam?token=${signToken({ exp: soon(), stream: "cam" }, secret)}`,
      () => `cam?token=${signToken({ exp: soon(), action: "publish", stream: "other" }, secret)}`,
    ],
  },
  {
    name: "a signed address",
    access: { publish: ["signed"], signed },
    right: () => `cam?${signAddress({ action: "publish", stream: "live/cam", expires: soon() }, secret)}`,
    wrong: [() => "cam", () => `cam?${signAddress({ action: "play", stream: "live/cam", expires: soon() }, secret)}`],
  },
  {
    name: "the address that may publish",
    access: { addresses: { publish: ["127.0.0.1"] } },
    right: () => `cam?key=${streamKey}`,
    wrong: [() => "cam"],
  },
];
for (const { name, access, right, wrong } of publishing) {
  test(`${name} lets the right one publish, and keeps the wrong ones out`, async (t) => {
    const server = await wholeServer(t, config(access));
    for (const each of wrong) assert.equal(await publishes(server, each()), false, each());
    assert.equal(await publishes(server, right()), true);
    assert.ok(!server.lines.join("").includes(streamKey));
  });
}

test("a stream key that is taken out of the configuration sends away who publishes with it, and nobody else", async (t) => {
  const other = "another-stream-key";
  const text = (keys: string) => `streamKeys: [${keys}]\n`;
  const server = await wholeServer(t, text(`${streamKey}, ${other}`));
  const gone = await publisher(server.rtmp, `one?key=${streamKey}`);
  const stays = await publisher(server.rtmp, `two?key=${other}`);
  await server.reload(text(other));
  await until(() => gone.closed, "its publisher is sent away");
  await stays.settled();
  assert.equal(await publishes(server, `three?key=${streamKey}`), false);
});

test("a token that ends, or that more use than may, ends sessions over every protocol", async (t) => {
  const server = await playing(t, { play: ["jwt"], jwt });
  const token = signToken({ exp: soon(), stream: "cam", sessions: 1, jti: "one" }, secret);
  const first = await httpPeer(server.http, flvRequest(`/live/cam.flv?token=${token}`));
  assert.equal((await first.head()).status, 200);
  for (const [protocol, plays] of Object.entries(players))
    assert.equal(await plays(server, { query: `token=${token}` }), false, protocol);
  first.socket.destroy();
  const end = Math.floor(Date.now() / 1000) + 3;
  const short = signToken({ exp: end, stream: "cam", jti: "short" }, secret);
  const viewer = await httpPeer(server.http, flvRequest(`/live/cam.flv?token=${short}`));
  const socket = await httpPeer(server.http, webSocketRequest(`/live/cam.flv?token=${short}`));
  assert.deepEqual([(await viewer.head()).status, (await socket.head()).status], [200, 101]);
  await until(() => viewer.closed() && socket.closed(), "both have ended");
  assert.ok(Date.now() / 1000 >= end);
});
