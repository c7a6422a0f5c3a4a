import assert from "node:assert/strict";
import { openLive } from "../../src/app/live.ts";
import { api } from "../../src/http/api.ts";
import { pages } from "../../src/http/pages.ts";
import { until } from "../host.ts";
import { flvRequest, httpPeer, webSocketRequest } from "../http-peer.ts";
import { type Peer, peer, player, publisher } from "../peer.ts";
import { bodies } from "../wire-bytes.ts";
import { wireCase } from "../wire-case.ts";

const { VI, AF } = bodies;
/** What access was asked for. */
const asked: string[] = [];

/** Names that some path, shell, log, page or label would read as its own. */
const nasty = [
  "..",
  "../cam",
  "../../etc/passwd",
  "a/../../cam",
  "..\\cam",
  "C:\\cam",
  "C:cam",
  "%2e%2e%2fcam",
  "%252e%252e%252fcam",
  "..%2fcam",
  "..%5ccam",
  "cam%00",
  "cam\0.flv",
  "\0",
  "cam.",
  ".cam",
  "c..m",
  "-rf",
  "--help",
  "c\u2024\u2024m",
  "\u00c0\u00ae\u00c0\u00ae",
  "caf\u00e9",
  "cafe\u0301",
  "c m",
  " cam",
  "cam\n",
  "cam\r\nSet-Cookie: a=b",
  "cam\u001b[31m",
  "\u202ecam",
  "$(id)",
  "`id`",
  "cam;id",
  "cam|id",
  "cam&id",
  "cam>x",
  "cam'",
  'cam"',
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "{{7*7}}",
  "%n%s",
  "file:cam",
  "cam:1",
  "cam#x",
  "cam*",
  "a".repeat(300),
  "a/b/c/d/e/f/g",
];

async function ask(port: number, command: "publish" | "play", name: string): Promise<Peer> {
  const made = await (await peer(port)).connect();
  await made.call("createStream");
  made.tell(1, command, name);
  await until(() => made.codes.length > 0, `${JSON.stringify(name)} is answered`);
  return made;
}

wireCase(
  "6.44 names that are not allowed are refused over RTMP, before anybody is asked, and stay out of the log",
  async ({ rtmp, host }) => {
    for (const command of ["publish", "play"] as const) {
      for (const name of nasty) {
        const { statuses } = await ask(rtmp, command, name);
        assert.match(statuses[0]?.code ?? "", /BadName|StreamNotFound/, JSON.stringify(name));
        assert.equal(statuses[0]?.level, "error");
      }
    }
    assert.equal(asked.length, 0);
    assert.equal([...host.hub.streams].length, 0);
    const log = host.lines.map((line) => JSON.stringify(line));
    assert.equal(log.length, 2 * nasty.length);
    for (const line of log) assert.match(line, /^[\x20-\x7e]+$/);
    for (const word of ["passwd", "script", "Set-Cookie", "[31m", "id)"])
      assert.ok(
        log.every((line) => !line.includes(word)),
        word,
      );
  },
  recording(),
);

wireCase(
  "6.44 names that are not allowed are 404 or 400 over HTTP and WebSocket, and are not repeated",
  async ({ rtmp, http, host }) => {
    host.http.page(pages(() => ({ rtmpPort: undefined, keyNeeded: true })));
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, VI], [8, 0, AF]);
    asked.length = 0;
    for (const name of nasty) {
      // As it is where HTTP can carry it, and percent-coded once.
      const raw = /^[\x21-\x7e]+$/.test(name) && !name.includes("#") ? [name] : [];
      for (const path of [...raw, encodeURIComponent(name)]) {
        for (const request of [
          flvRequest(`/live/${path}.flv`, "Connection: close\n"),
          webSocketRequest(`/live/${path}.flv`),
        ]) {
          const viewer = await httpPeer(http, request);
          const { status, headers } = await viewer.head();
          assert.ok(status === 404 || status === 400, `${status} for ${path}`);
          assert.equal(headers.get("content-type"), "application/problem+json");
          await until(() => viewer.closed(), "the connection is closed");
          const words = viewer.body().toString();
          assert.deepEqual(Object.keys(JSON.parse(words)).sort(), ["code", "detail", "status", "type"]);
          for (const part of ["script", "passwd", "Set-Cookie", "onerror"]) assert.ok(!words.includes(part));
          assert.ok(!headers.has("set-cookie"));
        }
      }
    }
    assert.equal(asked.length, 0);
  },
  recording(),
);

wireCase(
  "6.44 every spelling of a name is the same stream, and is judged as it, or is none",
  async ({ rtmp, http }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, VI], [8, 0, AF]);
    for (const [path, status] of [
      ["/live/cam.flv", 200],
      ["/live//cam.flv", 200],
      ["//live/cam.flv", 200],
      ["/live/c%61m.flv", 200],
      ["/%6cive/cam%2eflv", 200],
      ["/live%2fcam.flv", 200],
      ["/live/cam.flv?x=/live/other.flv", 200],
      ["/live/c%2561m.flv", 404],
      ["/Live/cam.flv", 404],
      ["/live/CAM.flv", 404],
      ["/live/cam.FLV", 404],
      ["/live/cam.flv/", 404],
      ["/live/./cam.flv", 404],
      ["/live/x/../cam.flv", 404],
      ["/live/cam.flv%00", 404],
      ["/live/cam%20.flv", 404],
    ] as const) {
      asked.length = 0;
      const viewer = await httpPeer(http, flvRequest(path));
      assert.equal((await viewer.head()).status, status, path);
      if (status === 200) assert.deepEqual(asked, ["live/cam"], path);
      viewer.socket.destroy();
    }
    for (const name of ["cam", "/cam", "cam/", "//cam", "mp4:cam", "cam?x=1"]) {
      asked.length = 0;
      const viewer = await player(rtmp, name);
      await until(() => viewer.media(9).length === 2, `${name} is watched`);
      assert.deepEqual(asked, ["live/cam"]);
      viewer.socket.destroy();
    }
  },
  recording(),
);

const objectKeys = ["__proto__", "constructor", "hasOwnProperty", "toString", "valueOf", "__defineGetter__", "then"];

wireCase(
  "6.44 names and keys that every object has are names and keys like others, in RTMP, FLV and the API",
  async ({ rtmp, http, host }) => {
    const identify = async () => ({ name: "operator", role: "owner" }) as const;
    const delay = { recent: { p50Ms: 0, p99Ms: 0, maxMs: 0 } };
    const { routes, close } = openLive({ ...host, delay, ports: () => host.ports });
    host.http.page(api({ routes, identify, audit: async () => {} }));
    for (const name of objectKeys) {
      const source = await publisher(rtmp, `${name}?__proto__=1&constructor=2&key=3&toString=4`);
      source.send(1, [9, 0, VI], [8, 0, AF]);
      const viewer = await player(rtmp, `${name}?__proto__=x`);
      await until(() => viewer.media(9).length === 2, `${name} is watched`);
      const browser = await httpPeer(
        http,
        flvRequest(`/live/${name}.flv?__proto__=1&constructor=2`, "__proto__: 1\nconstructor: 2\n"),
      );
      await until(() => browser.content().includes(VI), `${name} is watched over HTTP`);
    }
    const operator = await httpPeer(http, flvRequest("/api/v1/streams", "Connection: close\n"));
    await until(() => operator.closed(), "the API has answered");
    const text = operator.received().toString();
    for (const name of objectKeys) assert.ok(text.includes(`"name":"${name}"`), name);
    for (const path of ["__proto__", "constructor", "sessions/__proto__", "sessions/constructor"]) {
      const viewer = await httpPeer(http, flvRequest(`/api/v1/${path}`, "Connection: close\n"));
      assert.equal((await viewer.head()).status, 404, path);
    }
    assert.equal(({} as Record<string, unknown>).key, undefined);
    close();
  },
);

wireCase("6.44 what clients call themselves gets into the log as one printable line", async ({ rtmp, http, host }) => {
  const agent = "evil\r\n\u001b[31mINFO publisher opened\u0000\u202e";
  const made = await (await peer(rtmp)).connect({ app: "live", flashVer: agent, tcUrl: `rtmp://h/live\n${agent}` });
  await made.call("createStream");
  made.tell(1, "publish", "cam");
  await made.status(/Publish\.Start/);
  made.send(1, [9, 0, bodies.VSH], [8, 0, bodies.ASH], [9, 0, VI]);
  const browser = await httpPeer(http, flvRequest("/live/cam.flv", "User-Agent: <b>\u009b31m\u00ff\tevil\n"));
  assert.equal((await browser.head()).status, 200);
  const refused = await httpPeer(http, flvRequest("/live/cam.flv", "User-Agent: \u001b[31m\n"));
  await until(() => refused.closed(), "what HTTP does not allow is refused");
  for (const line of host.lines) for (const value of Object.values(line)) assert.match(String(value), /^[\x20-\x7e]*$/);
  assert.equal(host.lines.filter(({ text }) => text === "publisher opened").length, 1);
});

wireCase("6.44 an app's and a name's status says nothing that was sent", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect({ app: "<script>", tcUrl: "rtmp://h/<script>" });
  await made.call("createStream");
  made.tell(1, "publish", "<b>\n");
  await made.status(/BadName/);
  assert.ok(!JSON.stringify(made.statuses).includes("<"));
});

/** Access that lets everyone in and notes for what; not for the newcomers at the case's end. */
function recording() {
  asked.length = 0;
  return {
    access: {
      decide: ({ stream }: { stream: { path: string; name: string } }) => {
        if (stream.name !== "alive") asked.push(stream.path);
        return { allowed: true } as const;
      },
    },
  };
}
