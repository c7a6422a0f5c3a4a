import assert from "node:assert/strict";
import { encodeAmf0, encodeData } from "@sluice/media";
import { until } from "../host.ts";
import { clientFrame, flvRequest, type HttpPeer, httpPeer, webSocketRequest } from "../http-peer.ts";
import { type Peer, peer, publisher } from "../peer.ts";
import { bodies, bytes, flvTagBytes } from "../wire-bytes.ts";
import { logged, wireCase } from "../wire-case.ts";

const { VSH, VI, VP, ASH, AF } = bodies;
const header = (flags: string) => bytes(`46 4c 56 01 ${flags} 00000009 00000000`);
const both = header("05");
const metadata = encodeData("onMetaData", { width: 64 });

/** A stream with metadata, picture and sound. */
async function onAir(port: number): Promise<Peer> {
  const source = await publisher(port, "cam");
  source.send(1, [18, 0, encodeAmf0("@setDataFrame", "onMetaData", { width: 64 })]);
  source.send(1, [9, 0, VI], [8, 3, AF], [9, 40, VP]);
  await source.settled();
  return source;
}

/** What a viewer who comes now gets first. */
const beginning = Buffer.concat([
  both,
  flvTagBytes(18, 0, metadata),
  flvTagBytes(9, 0, VSH),
  flvTagBytes(8, 0, ASH),
  flvTagBytes(9, 0, VI),
  flvTagBytes(8, 3, AF),
  flvTagBytes(9, 40, VP),
]);

async function content(viewer: HttpPeer, expected: Buffer): Promise<void> {
  await until(() => viewer.content().length >= expected.length, `${expected.length} bytes have arrived`);
  assert.equal(viewer.content().toString("hex"), expected.toString("hex"));
}

wireCase("6.38 FLV-1, 2, 3: header, metadata, configurations and tags are these bytes", async ({ rtmp, http }) => {
  const source = await onAir(rtmp);
  const viewer = await httpPeer(http, flvRequest());
  await content(viewer, beginning);
  source.send(1, [8, 0x1000, AF], [9, 0x1001, bytes("27 01 ffffd8 00000006 419a202fc230")]);
  const more = [flvTagBytes(8, 0x1000, AF), flvTagBytes(9, 0x1001, bytes("27 01 ffffd8 00000006 419a202fc230"))];
  await content(viewer, Buffer.concat([beginning, ...more]));
});

for (const [what, config, type, frame, flags] of [
  ["sound alone", ASH, 8, AF, "04"],
  ["picture alone", VSH, 9, VI, "01"],
] as const) {
  wireCase(`6.38 FLV-1: the flags are true for ${what}`, async ({ rtmp, http, host }) => {
    const source = await publisher(rtmp, "cam", [config]);
    source.send(1, [type, 0, frame]);
    await source.settled();
    const viewer = await httpPeer(http, flvRequest());
    await until(() => host.sessions.size === 2, "it waits");
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(viewer.content().length, 0, "no header is written before the tracks are known");
    let time = 0;
    const feeding = setInterval(() => {
      time += 20;
      source.send(1, [type, time, type === 8 ? AF : VP]);
    }, 40);
    await until(() => viewer.content().length > 60, "it has begun").finally(() => clearInterval(feeding));
    const expected = Buffer.concat([header(flags), flvTagBytes(type, 0, config), flvTagBytes(type, 0, frame)]);
    assert.deepEqual(viewer.content().subarray(0, expected.length), expected);
  });
}

wireCase(
  "6.38 FLV-5: the answer's head says what it is, to HTTP/1.1, to HTTP/1.0 and to HEAD",
  async ({ rtmp, http }) => {
    await onAir(rtmp);
    const modern = await httpPeer(http, flvRequest());
    const { status, headers } = await modern.head();
    assert.equal(status, 200);
    const wanted = {
      "content-type": "video/x-flv",
      "cache-control": "no-cache, no-store",
      "transfer-encoding": "chunked",
      "access-control-allow-origin": "*",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    };
    for (const [name, value] of Object.entries(wanted)) assert.equal(headers.get(name), value, name);
    assert.ok(!headers.has("content-length"));
    const old = await httpPeer(http, "GET /live/cam.flv HTTP/1.0\n\n");
    const oldHead = await old.head();
    assert.deepEqual(
      [oldHead.status, oldHead.headers.get("connection"), oldHead.headers.has("transfer-encoding")],
      [200, "close", false],
    );
    await until(() => old.body().length >= beginning.length, "the body has arrived");
    assert.ok(old.body().equals(beginning));
    const asking = await httpPeer(
      http,
      flvRequest().replace("GET", "HEAD").replace("Host: h", "Host: h\nConnection: close"),
    );
    assert.equal((await asking.head()).headers.get("content-type"), "video/x-flv");
    await until(() => asking.closed(), "the connection is closed");
    assert.equal(asking.body().length, 0);
  },
);

wireCase(
  "6.38 FLV-6: who asks for what is not there, or in the wrong way, is told at once and gets no media",
  async ({ rtmp, http }) => {
    await onAir(rtmp);
    const waiting = await (await peer(rtmp)).connect();
    await waiting.call("createStream");
    waiting.tell(1, "play", "waiting");
    await waiting.status(/Play\.Start/);
    for (const [method, path, status] of [
      ["GET", "/live/none.flv", 404],
      ["GET", "/live/waiting.flv", 404],
      ["GET", "/other/cam.flv", 404],
      ["GET", "/cam.flv", 404],
      ["POST", "/live/cam.flv", 405],
      ["PUT", "/live/cam.flv", 405],
      ["DELETE", "/live/cam.flv", 405],
      ["OPTIONS", "/live/cam.flv", 204],
    ] as const) {
      const viewer = await httpPeer(
        http,
        `${method} ${path} HTTP/1.1\nHost: h\nConnection: close\nContent-Length: 0\n\n`,
      );
      const head = await viewer.head();
      assert.equal(head.status, status, `${method} ${path}`);
      if (status === 405) assert.equal(head.headers.get("allow"), "GET, HEAD, OPTIONS");
      await until(() => viewer.closed(), "the connection is closed");
      assert.ok(!viewer.received().includes("FLV\x01"));
    }
    const upgrade = await httpPeer(http, webSocketRequest("/live/none.flv"));
    assert.equal((await upgrade.head()).status, 404);
  },
);

wireCase(
  "6.38 FLV-6: who may not watch gets 403 over HTTP and WebSocket, and not a byte of media",
  async ({ rtmp, http }) => {
    await onAir(rtmp);
    for (const request of [
      flvRequest(),
      flvRequest("/live/none.flv"),
      webSocketRequest(),
      webSocketRequest("/live/none.flv"),
    ]) {
      const viewer = await httpPeer(http, request);
      assert.equal((await viewer.head()).status, 403);
      await until(() => viewer.body().includes("}"), "the words have arrived");
      assert.match(viewer.body().toString(), /"code":"access\/denied"/);
      assert.ok(!viewer.received().includes("FLV\x01"));
    }
  },
  {
    access: {
      decide: ({ action, protocol }) =>
        action === "play" && protocol === "http-flv"
          ? { allowed: false, rule: "test/no", reason: "not today" }
          : { allowed: true },
    },
  },
);

wireCase("6.38 FLV-7: every chunk and every frame ends where a tag ends", async ({ rtmp, http }) => {
  const source = await onAir(rtmp);
  const [viewer, browser] = [await httpPeer(http, flvRequest()), await httpPeer(http, webSocketRequest())];
  for (let time = 80; time < 2000; time += 40) source.send(1, [9, time, VP], [8, time, AF]);
  source.send(1, [9, 2000, VI]);
  const last = flvTagBytes(9, 2000, VI);
  await until(() => [viewer, browser].every((each) => each.received().includes(last)), "all tags have arrived");
  for (const pieces of [viewer.chunks(), browser.frames().map(({ payload }) => payload)]) {
    for (const [index, piece] of pieces.entries()) {
      let at = index === 0 ? 13 : 0;
      while (at < piece.length) at += 15 + piece.readUIntBE(at + 1, 3);
      assert.equal(at, piece.length);
    }
  }
});

wireCase(
  "6.38 FLV-8: the end of the stream ends the body with its last chunk, and the connection",
  async ({ rtmp, http }) => {
    const source = await onAir(rtmp);
    const [viewer, old, browser] = [
      await httpPeer(http, flvRequest()),
      await httpPeer(http, "GET /live/cam.flv HTTP/1.0\n\n"),
      await httpPeer(http, webSocketRequest()),
    ];
    await content(viewer, beginning);
    await until(() => old.body().length === beginning.length && browser.frames().length > 0, "all watch");
    source.send(1, [9, 80, VP]);
    source.tell(0, "deleteStream", 1);
    await until(() => viewer.closed() && old.closed(), "the connections are closed");
    assert.deepEqual(viewer.body().subarray(-7).toString("latin1"), "\r\n0\r\n\r\n");
    assert.ok(viewer.content().equals(Buffer.concat([beginning, flvTagBytes(9, 80, VP)])));
    assert.ok(old.body().equals(viewer.content()));
    await until(() => browser.frames().some(({ opcode }) => opcode === 8), "the WebSocket is closed");
    assert.equal(browser.frames().at(-1)?.payload.readUInt16BE(), 1000);
  },
);

wireCase(
  "6.38 FLV-8: a publisher that returns goes on in the same body, a changed configuration before its frames",
  async ({ rtmp, http, host }) => {
    const source = await onAir(rtmp);
    const viewer = await httpPeer(http, flvRequest());
    await content(viewer, beginning);
    source.socket.resetAndDestroy();
    await logged(host, /publisher ended/);
    const otherVSH = bytes("17 00 000000 0142c00bffe100166742c00bda109b011000000300100000030320f1226a01000468ce0fc8");
    const again = await publisher(rtmp, "cam", [otherVSH, ASH]);
    again.send(1, [9, 7000, VP], [9, 7040, VI], [8, 7043, AF]);
    const more = [flvTagBytes(9, 40, otherVSH), flvTagBytes(9, 80, VI), flvTagBytes(8, 83, AF)];
    await content(viewer, Buffer.concat([beginning, ...more]));
  },
);

wireCase(
  "6.38 FLV-9: over WebSocket the same bytes come in binary frames, without compression, the header first",
  async ({ rtmp, http }) => {
    const source = await onAir(rtmp);
    const viewer = await httpPeer(
      http,
      webSocketRequest("/live/cam.flv", "Sec-WebSocket-Extensions: permessage-deflate\n"),
    );
    const { status, headers } = await viewer.head();
    assert.deepEqual([status, headers.get("sec-websocket-accept")], [101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]);
    assert.ok(!headers.has("sec-websocket-extensions"));
    source.send(1, [8, 80, Buffer.concat([bytes("af 01"), Buffer.alloc(70_000)])], [9, 80, VP]);
    await until(() => viewer.received().includes(flvTagBytes(9, 80, VP)), "the last tag has arrived");
    const frames = viewer.frames();
    assert.ok(frames.every(({ opcode, final, rsv }) => opcode === 2 && final && rsv === 0));
    assert.deepEqual(frames[0]?.payload.subarray(0, 13), both);
    const all = Buffer.concat(frames.map(({ payload }) => payload));
    assert.ok(all.subarray(0, beginning.length).equals(beginning));
  },
);

wireCase(
  "6.38 FLV-9: pings are answered, messages are thrown away, long ones end the connection with 1009, a close with its code",
  async ({ rtmp, http }) => {
    const source = await onAir(rtmp);
    const viewer = await httpPeer(http, webSocketRequest());
    await until(() => viewer.frames().length > 0, "the viewer watches");
    viewer.socket.write(
      Buffer.concat([
        clientFrame(1, Buffer.alloc(1024, 0x61)),
        clientFrame(2, Buffer.alloc(10)),
        clientFrame(9, Buffer.from("hi")),
      ]),
    );
    await until(
      () => viewer.frames().some(({ opcode, payload }) => opcode === 10 && payload.toString() === "hi"),
      "the ping is answered",
    );
    source.send(1, [9, 80, VP]);
    await until(() => viewer.received().includes(flvTagBytes(9, 80, VP)), "the next tag has arrived");
    viewer.socket.write(clientFrame(1, Buffer.alloc(1025, 0x61)));
    await until(() => viewer.frames().some(({ opcode }) => opcode === 8), "it is closed");
    assert.equal(viewer.frames().at(-1)?.payload.readUInt16BE(), 1009);
    const leaving = await httpPeer(http, webSocketRequest());
    await until(() => leaving.frames().length > 0, "the viewer watches");
    leaving.socket.write(clientFrame(8, bytes("03e8")));
    await until(() => leaving.closed(), "the connection is closed");
    assert.equal(leaving.frames().at(-1)?.payload.readUInt16BE(), 1000);
  },
);

for (const [query, flags, tags] of [
  ["?has_audio=0", "01", [flvTagBytes(9, 0, VSH), flvTagBytes(9, 0, VI), flvTagBytes(9, 40, VP)]],
  ["?has_video=0", "04", [flvTagBytes(8, 0, ASH), flvTagBytes(8, 3, AF)]],
  ["?has_audio=1&other=0", "05", [beginning.subarray(13 + flvTagBytes(18, 0, metadata).length)]],
] as const) {
  wireCase(`6.38 FLV-10: ${query} changes the flags and the tags together`, async ({ rtmp, http }) => {
    await onAir(rtmp);
    const viewer = await httpPeer(http, flvRequest(`/live/cam.flv${query}`));
    await content(viewer, Buffer.concat([header(flags), flvTagBytes(18, 0, metadata), ...tags]));
  });
}

wireCase(
  "6.38 FLV-2: requests that follow on a connection that streams end it, and mix nothing into its body",
  async ({ rtmp, http, host }) => {
    await onAir(rtmp);
    const viewer = await httpPeer(http, flvRequest());
    await content(viewer, beginning);
    viewer.socket.write(flvRequest().replaceAll("\n", "\r\n").repeat(20));
    await until(() => viewer.closed(), "the connection is closed");
    assert.ok(viewer.content().equals(beginning));
    const changing = await httpPeer(http, flvRequest());
    await content(changing, beginning);
    changing.socket.write(webSocketRequest().replaceAll("\n", "\r\n"));
    await until(() => changing.closed(), "the connection is closed");
    assert.ok(changing.content().equals(beginning));
    const all = await httpPeer(http, flvRequest().repeat(20));
    await until(() => all.closed(), "the connection is closed");
    assert.ok(beginning.subarray(0, all.content().length).equals(all.content()));
    await until(() => host.sessions.size === 1, "only the publisher is left");
  },
);
