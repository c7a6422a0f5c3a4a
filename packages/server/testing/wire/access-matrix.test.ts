import assert from "node:assert/strict";
import test from "node:test";
import type { Access, AccessRequest, Decision } from "../../src/core/access.ts";
import { startProtocols } from "../../src/protocols/index.ts";
import { type TestHost, testHost, until } from "../host.ts";
import { flvRequest, httpPeer, webSocketRequest } from "../http-peer.ts";
import { both, encoded, publishLive } from "../live.ts";
import { peer } from "../peer.ts";
import { rtmpTestSettings } from "../settings.ts";

/** Who shows what; one viewer's token ends when the test says so. */
type Rights = { readonly token: string; readonly action: "play" | "publish"; readonly path: string };
const rights: readonly Rights[] = [
  { token: "right", action: "play", path: "live/cam" },
  { token: "other", action: "play", path: "live/other" },
  { token: "publisher", action: "publish", path: "live/cam" },
];
const enabled = { httpFlv: {}, httpTs: {}, hls: {}, dash: {}, thumbnails: {} };
const settings: Record<string, object> = {
  rtmp: rtmpTestSettings,
  ...Object.fromEntries(Object.keys(enabled).map((name) => [name, { enabled: true }])),
};

type Asked = { readonly host: TestHost; readonly asked: AccessRequest[] };

/** A server that speaks everything, with a live stream, and a right for each token. */
async function guarded(t: test.TestContext): Promise<Asked> {
  const asked: AccessRequest[] = [];
  const access: Access = {
    decide(request): Decision {
      asked.push(request);
      const { action, stream, query } = request;
      const found = rights.find(({ token }) => token === query.get("token"));
      return found?.action === action && found.path === stream.path
        ? { allowed: true, id: `${found.token}-id` }
        : { allowed: false, rule: "test/token", reason: "not with this token" };
    },
  };
  const host = await testHost({ access });
  t.after(() => host.close());
  await host.run(async (lent) => {
    const running: Awaited<ReturnType<typeof import("../../src/protocols/rtmp/index.ts").rtmp.start>>[] = [];
    await startProtocols(lent, () => settings, running);
    const ports = Object.assign({}, ...running.map((each) => each.ports));
    return { ports, close: async () => void (await Promise.all(running.map((each) => each.close()))) };
  });
  const live = publishLive(host);
  live.append(encoded(9_000, both));
  live.stream.pictures.add({ jpeg: new Uint8Array(9), timeUs: 1_000_000 });
  return { host, asked };
}

const port = (host: TestHost) => host.ports["http.port"] ?? 0;

async function status(host: TestHost, request: string): Promise<number> {
  const made = await httpPeer(port(host), request);
  const { status: got } = await made.head();
  made.socket.destroy();
  return got;
}

test("S-15 every address that gives media asks first, whatever the method, and refuses all but the right token", async (t) => {
  const { host, asked } = await guarded(t);
  assert.deepEqual([...host.http.suffixes].sort(), [".flv", ".jpg", ".m3u8", ".mpd", ".ts", ".vtt"]);
  for (const suffix of host.http.suffixes) {
    for (const shown of [
      "",
      "?token=",
      "?token=wrong",
      "?token=other",
      "?token=publisher",
      "?token=wrong&token=right",
    ]) {
      const path = `/live/cam${suffix}${shown}`;
      asked.length = 0;
      assert.equal(await status(host, flvRequest(path)), 403, path);
      assert.equal(await status(host, flvRequest(path).replace("GET", "HEAD")), 403, `HEAD ${path}`);
      assert.deepEqual(
        asked.map(({ action, stream }) => `${action} ${stream.path}`),
        ["play live/cam", "play live/cam"],
        path,
      );
      const upgraded = await status(host, webSocketRequest(path));
      assert.equal(upgraded, suffix === ".flv" ? 403 : 404, `WebSocket ${path}`);
    }
    const got = await status(host, flvRequest(`/live/cam${suffix}?token=right`).replace("GET", "HEAD"));
    assert.ok([200, 302].includes(got), `${suffix} with the right token: ${got}`);
  }
});

test("S-15 a stream that is not there is refused like one that is, so nobody learns which there are", async (t) => {
  const { host } = await guarded(t);
  for (const suffix of host.http.suffixes) {
    const answers = [];
    for (const name of ["cam", "nothing"]) {
      const made = await httpPeer(port(host), flvRequest(`/live/${name}${suffix}`));
      await made.head();
      await until(() => made.body().length > 0, "the answer's body");
      answers.push(made.body().toString());
      made.socket.destroy();
    }
    assert.equal(answers[0], answers[1], suffix);
  }
});

async function text(host: TestHost, path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port(host)}${path}`);
  assert.equal(answer.status, 200, path);
  return answer.text();
}

/** Everything below a playlist and a manifest, as a player would come to it. */
async function belongings(host: TestHost): Promise<string[]> {
  const master = await text(host, "/live/cam.m3u8?token=right");
  const playlists = [...master.matchAll(/cam\/-\/[^"\s]+/g)].map(([each]) => `/live/${each}`);
  const first = playlists[0] ?? "";
  const folder = first.slice(0, first.lastIndexOf("/") + 1);
  const media = await text(host, first);
  const files = [...media.matchAll(/URI="([^"]+)"|^([^#\s]+)$/gm)].map(([, uri, line]) => `${folder}${uri ?? line}`);
  const hint = /PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/.exec(media)?.[1];
  const all = files.map((path) => (path === `${folder}${hint}` ? `${path}?hint` : path)); // its answer waits for the part
  const storyboard = await text(host, `${folder}storyboard.vtt`);
  const pictures = storyboard.match(/^storyboard\/.+$/gm) ?? [];
  all.push(`${folder}storyboard.vtt`, ...pictures.map((path) => `${folder}${path}`));
  return [...playlists, ...all, `${folder}manifest.mpd`, `${folder}clock.utc`, `${folder}ts.m3u8`, `${folder}x.ts`];
}

test("S-15 playlists, segments, parts, init segments and the clock need the viewer's own token for this stream", async (t) => {
  const { host } = await guarded(t);
  const paths = await belongings(host);
  const hinted = paths.find((path) => path.endsWith("?hint")) ?? assert.fail("no part is hinted at");
  const endings = new Set(
    paths.map((path) => path.replace(/\?.*$/, "").slice(path.replace(/\?.*$/, "").lastIndexOf("."))),
  );
  for (const suffix of host.segments.files.suffixes) assert.ok(endings.has(suffix), `no address ends with ${suffix}`);
  const token = /\/-\/([^/]+)\//.exec(paths[0] ?? "")?.[1] ?? "";
  const forged = [
    "x",
    "",
    token.slice(0, -1),
    `${token.slice(0, -2)}AA`,
    token.replace(/^h/, "d"),
    token.replace("right-id", "other-id"),
    `${token}.${token}`,
    "__proto__",
  ];
  for (const path of paths) {
    for (const each of forged) {
      const got = await status(host, flvRequest(path.replace(token, each)));
      assert.ok(got === 403 || got === 404, `${path} with ${each}: ${got}`);
    }
    assert.equal(await status(host, flvRequest(path.replace("/live/cam/", "/live/other/"))), 403, `other: ${path}`);
    if (path !== hinted) assert.notEqual(await status(host, flvRequest(path)), 403, path);
  }
});

test("a right that is revoked ends HLS and DASH viewers, and none of their addresses gives anything any more", async (t) => {
  const { host } = await guarded(t);
  const paths = await belongings(host);
  assert.equal([...host.sessions.list()].length, 1);
  assert.equal(host.sessions.grants.revoke("right-id", Date.now() + 60_000), 1);
  assert.equal([...host.sessions.list()].length, 0);
  for (const path of paths) assert.equal(await status(host, flvRequest(path)), 403, path);
  // The token of a playlist that was loaded, and of which nothing had been asked yet, is none either.
  const fresh = await fetch(`http://127.0.0.1:${port(host)}/live/cam.m3u8?token=right`);
  const line = /cam\/-\/[^"\s]+/.exec(await fresh.text())?.[0];
  assert.equal(await status(host, flvRequest(`/live/${line}`)), 403);
});

test("S-15 RTMP asks for playing and for publishing, and a token for one is none for the other", async (t) => {
  const { host, asked } = await guarded(t);
  const cases = [
    ["play", "cam?token=publisher", /Play\.Failed/],
    ["play", "cam?token=other", /Play\.Failed/],
    ["publish", "cam?token=right", /Publish\.Unauthorized/],
    ["publish", "cam", /Publish\.Unauthorized/],
  ] as const;
  for (const [action, name, code] of cases) {
    asked.length = 0;
    const made = await (await peer(host.ports["rtmp.port"] ?? 0)).connect();
    await made.call("createStream");
    made.tell(1, action, name);
    assert.match((await made.status(code)).code, code);
    await until(() => made.closed, "the connection is closed");
    assert.deepEqual(
      asked.map((each) => each.action),
      [action],
    );
  }
});
