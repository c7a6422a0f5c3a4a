import assert from "node:assert/strict";
import { until } from "../host.ts";
import { clientFrame, flvRequest, type HttpPeer, httpPeer, webSocketRequest } from "../http-peer.ts";
import { type Peer, player, publisher } from "../peer.ts";
import { bodies, bytes } from "../wire-bytes.ts";
import { type WireServer, wireCase } from "../wire-case.ts";

const { VI, VP, AF } = bodies;

/** A picture of 60 kB: a keyframe every 25, as number says. */
function picture(number: number): Buffer {
  const key = number % 25 === 0;
  const nal = Buffer.alloc(60_000, 0x5a);
  nal[0] = key ? 0x65 : 0x41;
  return Buffer.concat([bytes(key ? "17 01 000000 0000ea60" : "27 01 000000 0000ea60"), nal]);
}

/** Publishes pictures from one number to another, at the pace at which a viewer takes them; each ten may take so long. */
async function publishTo(source: Peer, viewer: Peer, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number++) {
    source.send(1, [9, number * 40, picture(number)]);
    const there = () => (viewer.media(9).at(-1)?.timestampMs ?? -1) >= number * 40;
    if (number % 10 === 9 || number === to - 1) await until(there, `picture ${number} has arrived`);
  }
}

/** A publisher of large pictures, and a viewer who takes them all. */
async function onAir({ rtmp }: WireServer): Promise<{ source: Peer; quick: Peer }> {
  const source = await publisher(rtmp, "cam");
  source.setChunkSize(1_000_000);
  source.send(1, [9, 0, picture(0)], [8, 0, AF]);
  const quick = await player(rtmp, "cam");
  return { source, quick };
}

wireCase(
  "6.43 viewers who stop reading, over any protocol, cost a bounded amount, are let go, and slow nobody",
  async (server) => {
    const { source, quick } = await onAir(server);
    for (let count = 0; count < 4; count++) {
      const all = [
        await player(server.rtmp, "cam"),
        await httpPeer(server.http, flvRequest()),
        await httpPeer(server.http, webSocketRequest()),
      ];
      await until(() => server.host.sessions.size === 2 + 3 * (count + 1), "they watch");
      for (const { socket } of all) socket.pause();
    }
    const [stream] = server.host.hub.streams;
    for (let number = 1; number < 500; number += 50) {
      await publishTo(source, quick, number, number + 50);
      for (const { socket } of stream?.cursors ?? [])
        assert.ok(socket.writableLength < 1_000_000, `${socket.writableLength} bytes wait`);
    }
    await until(() => server.host.sessions.size === 2, "those who take nothing have been let go");
    const ended = server.host.lines.filter(({ text }) => text === "viewer ended");
    assert.ok(ended.length === 12 && ended.every(({ reason }) => reason === "stalled"));
    assert.equal(quick.media(9).length, 1 + 501);
    assert.ok(!source.closed && !quick.closed);
  },
  { app: { cursor: { maxLagUs: 2_000_000, stallMs: 4_000 } } },
);

type Picture = { readonly time: number; readonly key: boolean };

/** The pictures in an FLV stream. */
function picturesIn(content: Buffer): Picture[] {
  const pictures: Picture[] = [];
  for (let at = 13; at + 15 <= content.length; ) {
    const [time, isPicture] = [content.readUIntBE(at + 4, 3), content[at] === 9 && content[at + 12] === 1];
    if (isPicture) pictures.push({ time, key: content[at + 11] === 0x17 });
    at += 15 + content.readUIntBE(at + 1, 3);
  }
  return pictures;
}

wireCase(
  "6.43 who stops reading for a while is moved to a keyframe: whole groups are left out, never a part of a message",
  async (server) => {
    const { source, quick } = await onAir(server);
    const viewer = await player(server.rtmp, "cam");
    const browser: HttpPeer = await httpPeer(server.http, flvRequest());
    await until(() => viewer.media(9).length > 1 && browser.content().length > 60_000, "both watch");
    for (const { socket } of [viewer, browser]) socket.pause();
    await publishTo(source, quick, 1, 500);
    for (const { socket } of [viewer, browser]) socket.resume();
    source.send(1, [9, 20_000, picture(500)], [9, 20_040, picture(501)]);
    await until(() => viewer.media(9).at(-1)?.timestampMs === 20_040, "the viewer has the last picture");
    await until(() => picturesIn(browser.content()).at(-1)?.time === 20_040, "the browser has the last picture");
    const overRtmp = viewer
      .media(9)
      .filter(({ body }) => body[1] === 1)
      .map(({ timestampMs, body }) => ({ time: timestampMs, key: body[0] === 0x17 }));
    for (const pictures of [overRtmp, picturesIn(browser.content())]) {
      const gaps = pictures.filter(({ time }, index) => index > 0 && time - (pictures[index - 1]?.time ?? 0) > 40);
      assert.ok(gaps.length > 0 && gaps.every(({ key }) => key), `${gaps.length} gaps`);
      assert.ok(pictures.every(({ time }, index) => time >= (pictures[index - 1]?.time ?? 0)));
    }
  },
  { app: { cursor: { maxLagUs: 2_000_000, stallMs: 60_000 } } },
);

wireCase(
  "6.48 pages of foreign origins open no WebSocket; of this host, of the list, and programs do",
  async ({ rtmp, http }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, VI], [8, 0, AF]);
    for (const [origin, status] of [
      ["Origin: https://evil.example\n", 403],
      ["Origin: null\n", 403],
      ["Origin: https://good.example.evil.example\n", 403],
      ["Origin: https://good.example\n", 101],
      ["Origin: http://h\n", 101],
      ["", 101],
    ] as const) {
      const viewer = await httpPeer(http, webSocketRequest("/live/cam.flv", origin));
      assert.equal((await viewer.head()).status, status, origin);
      const plain = await httpPeer(http, flvRequest("/live/cam.flv", origin));
      const { headers } = await plain.head();
      const allowed = origin.slice(8, -1);
      assert.equal(headers.get("access-control-allow-origin"), status === 101 && allowed ? allowed : undefined, origin);
      assert.ok(!headers.has("access-control-allow-credentials"));
    }
  },
  { origins: ["https://good.example"] },
);

wireCase("6.48 a WebSocket that speaks out of turn is closed, with the code that says why", async ({ rtmp, http }) => {
  const source = await publisher(rtmp, "cam");
  source.send(1, [9, 0, VI], [8, 0, AF]);
  const unmasked = bytes("81 02 6869");
  const endless = Buffer.concat([bytes("82 ff 7fffffff ffffffff 01020304"), Buffer.alloc(100)]);
  const compressed = Buffer.from(clientFrame(1, Buffer.from("hi")));
  compressed[0] = 0xc1;
  const fragments = Array.from({ length: 5 }, (_, index) => {
    const fragment = clientFrame(index === 0 ? 1 : 0, Buffer.alloc(500));
    fragment[0] = index === 0 ? 1 : 0;
    return fragment;
  });
  for (const [what, frame, code] of [
    ["an unmasked frame", unmasked, 1002],
    ["a frame of 8 EiB", endless, 1009],
    ["a compressed frame", compressed, 1002],
    ["fragments without end", Buffer.concat(fragments), 1009],
    ["an unknown kind of frame", clientFrame(3, Buffer.alloc(1)), 1002],
    ["a ping that is too long", clientFrame(9, Buffer.alloc(126)), 1002],
  ] as const) {
    const viewer = await httpPeer(http, webSocketRequest());
    await until(() => viewer.frames().length > 0, "it watches");
    viewer.socket.write(frame);
    await until(() => viewer.frames().some(({ opcode }) => opcode === 8), `${what} closes it`);
    assert.equal(
      viewer
        .frames()
        .find(({ opcode }) => opcode === 8)
        ?.payload.readUInt16BE(),
      code,
      what,
    );
    viewer.socket.destroy();
  }
});

const get = "GET /live/cam.flv HTTP/1.1\nHost: h\n";
for (const [what, request] of [
  ["two lengths", `${get}Content-Length: 1\nContent-Length: 2\n\n`],
  ["a length and a transfer encoding", `${get}Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n`],
  ["an unknown transfer encoding", `${get}Transfer-Encoding: chunked, xchunked\n\n`],
  ["a length that is none", `${get}Content-Length: +5\n\n`],
  ["a header of 17 KiB", `${get}X-Long: ${"x".repeat(17_000)}\n\n`],
  ["a space before a colon", `${get}X-Odd : 1\n\n`],
  ["a NUL in a header", `${get}X-Nul: a\0b\n\n`],
  ["no Host", "GET /live/cam.flv HTTP/1.1\n\n"],
  ["two versions", "GET /live/cam.flv HTTP/1.1 HTTP/1.1\nHost: h\n\n"],
  ["an unknown method", "SOURCE /live/cam.flv HTTP/1.1\nHost: h\nConnection: close\n\n"],
  ["an absolute URL", "GET http://h/live/cam.flv HTTP/1.1\nHost: h\nConnection: close\n\n"],
  ["CONNECT", "CONNECT h:80 HTTP/1.1\nHost: h\n\n"],
  ["a URL of 5 KiB", `GET /live/cam.flv?${"x".repeat(5000)} HTTP/1.1\nHost: h\nConnection: close\n\n`],
  ["an upgrade to something else", `${get}Connection: Upgrade\nUpgrade: h2c\n\n`],
  ["RTMP", "\u0003\0\0\0\0\0\0\0\0\n\n"],
] as const) {
  wireCase(`6.48 HTTP with ${what} gets no media and no second answer, and is closed`, async ({ rtmp, http, host }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, VI], [8, 0, AF], [9, 40, VP]);
    const viewer = await httpPeer(http, request);
    await until(() => viewer.closed(), "the connection is closed");
    const answers =
      viewer
        .received()
        .toString("latin1")
        .match(/HTTP\/1\.1 \d+/g) ?? [];
    assert.ok(answers.length <= 1 && answers.every((answer) => /40\d|431/.test(answer)), answers.join());
    assert.ok(!viewer.received().includes("FLV\x01"));
    assert.deepEqual(
      host.lines.filter(({ level }) => level === "error"),
      [],
    );
  });
}

const hasty = { headersTimeout: 1500, requestTimeout: 2000, keepAliveTimeout: 1000, connectionsCheckingInterval: 100 };
wireCase(
  "6.48 slow heads, slow bodies and connections without a request are closed by deadlines; a viewer is not",
  async ({ rtmp, http, host }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, VI], [8, 0, AF]);
    const viewer = await httpPeer(http, flvRequest());
    const slow = [
      await httpPeer(http, ""),
      await httpPeer(http, "GET /live/cam.flv HT"),
      await httpPeer(http, `${get}X-Slow: `),
      await httpPeer(http, "POST /nothing HTTP/1.1\nHost: h\nContent-Length: 100\n\n"),
      await httpPeer(http, "GET /nothing HTTP/1.1\nHost: h\n\n"),
    ];
    const dripping = setInterval(
      () => slow.slice(1, 4).forEach(({ socket }) => void (socket.writable && socket.write("x"))),
      50,
    );
    await until(() => slow.every(({ closed }) => closed()), "all are closed").finally(() => clearInterval(dripping));
    source.send(1, [9, 40, VP]);
    await until(() => viewer.content().includes(VP), "the viewer goes on");
    assert.equal(host.sessions.size, 2);
    viewer.socket.destroy();
  },
  { timeouts: hasty },
);

wireCase(
  "6.48 one address has only so many HTTP connections, and keeps nobody else out",
  async ({ http, host }) => {
    const held = await Promise.all(Array.from({ length: 20 }, () => httpPeer(http, "")));
    await until(() => held.filter(({ closed }) => closed()).length === 12, "what is too many is refused");
    for (const { socket } of held) socket.destroy();
    await until(() => host.admission.total === 0, "the places are free");
  },
  { limits: { connectionsPerAddress: 8, trusted: [] } },
);
