import assert from "node:assert/strict";
import { flvViewer, webSocketViewer } from "../clients.ts";
import type { TestViewer } from "../conforms.ts";
import { until } from "../host.ts";
import { type Peer, player, publisher } from "../peer.ts";
import { bodies, bytes, chunked } from "../wire-bytes.ts";
import { type WireServer, wireCase } from "../wire-case.ts";

const { VSH, VI, VP, ASH, AF } = bodies;
/** Another level in the same configuration: decoders must be told. */
const otherVSH = bytes("17 00 000000 0142c00bffe100166742c00bda109b011000000300100000030320f1226a01000468ce0fc8");
const otherASH = bytes("af 00 1190");

const hex = (body: Uint8Array) => Buffer.from(body).toString("hex");
const bodiesOf = (viewer: Peer, type: 8 | 9) => viewer.media(type).map(({ body }) => hex(body));
const expected = (...all: Uint8Array[]) => all.map(hex);
const frames = (viewer: TestViewer, kind: "audio" | "video") =>
  viewer.packets.filter((packet) => packet.kind === "frame" && packet.track.kind === kind);

/** Sends one more frame at a time, each a while after the last, until the condition holds. */
async function feed(source: Peer, type: 8 | 9, body: Buffer, from: number, enough: () => boolean): Promise<void> {
  let time = from;
  const feeding = setInterval(() => {
    time += 50;
    source.send(1, [type, time, body]);
  }, 50);
  await until(enough, "what was fed has arrived").finally(() => clearInterval(feeding));
}

wireCase(
  "6.26 whoever joins, at any frame and over any protocol, starts with the headers and a keyframe",
  async ({ rtmp, http }) => {
    const source = await publisher(rtmp, "cam");
    for (let frame = 0; frame < 8; frame++) {
      const time = frame * 40;
      source.send(1, [9, time, frame % 4 === 0 ? VI : VP], [8, time + 3, AF]);
      await source.settled();
      const keyTime = frame < 4 ? 0 : 160;
      const viewer = await player(rtmp, "cam");
      await until(() => viewer.media(8).length === 2 + (frame % 4), `frame ${frame} has arrived`);
      assert.deepEqual(
        viewer.messages
          .filter(({ type }) => type === 8 || type === 9)
          .slice(0, 4)
          .map(({ timestampMs, body }) => [timestampMs, hex(body)]),
        [
          [keyTime, hex(VSH)],
          [keyTime, hex(ASH)],
          [keyTime, hex(VI)],
          [keyTime + 3, hex(AF)],
        ],
      );
      for (const browser of [await flvViewer(http, "live/cam"), await webSocketViewer(http, "live/cam")]) {
        await until(() => frames(browser, "audio").length > 0, `frame ${frame} has arrived`);
        assert.deepEqual(
          browser.packets.slice(0, 3).map(({ kind, track, dtsUs }) => [kind, track.kind, dtsUs / 1000]),
          [
            ["config", "video", keyTime],
            ["config", "audio", keyTime],
            ["frame", "video", keyTime],
          ],
        );
        assert.equal(browser.packets[2]?.keyframe, true);
        browser.close();
      }
      viewer.socket.destroy();
    }
  },
);

wireCase(
  "6.27 a changed configuration reaches viewers before its frames, and is what later ones begin with",
  async ({ rtmp }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, VI], [8, 0, AF]);
    const viewer = await player(rtmp, "cam");
    source.send(1, [9, 40, VP], [9, 80, otherVSH], [9, 80, VI], [8, 80, otherASH], [8, 80, AF], [9, 120, VP]);
    await until(() => viewer.media(9).length === 6, "everything has arrived");
    assert.deepEqual(bodiesOf(viewer, 9), expected(VSH, VI, VP, otherVSH, VI, VP));
    assert.deepEqual(bodiesOf(viewer, 8), expected(ASH, AF, otherASH, AF));
    const late = await player(rtmp, "cam");
    await until(() => late.media(9).length === 3, "the late viewer watches");
    assert.deepEqual(bodiesOf(late, 9), expected(otherVSH, VI, VP));
    source.send(1, [9, 160, VI]);
    const later = await player(rtmp, "cam");
    await until(() => later.media(9).length === 2, "the later viewer watches");
    assert.deepEqual([bodiesOf(later, 9), bodiesOf(later, 8)], [expected(otherVSH, VI), expected(otherASH)]);
  },
);

wireCase("6.27 an identical configuration, however often it comes, changes nothing", async ({ rtmp }) => {
  const source = await publisher(rtmp, "cam");
  source.send(1, [9, 0, VI]);
  const viewer = await player(rtmp, "cam");
  for (let time = 40; time <= 200; time += 40)
    source.send(1, [9, time, VSH], [8, time, ASH], [9, time, VP], [8, time, AF]);
  await until(() => viewer.media(8).length === 6, "everything has arrived");
  assert.deepEqual(bodiesOf(viewer, 9), expected(VSH, VI, VP, VP, VP, VP, VP));
  assert.deepEqual(bodiesOf(viewer, 8), expected(ASH, AF, AF, AF, AF, AF));
  const late = await player(rtmp, "cam");
  await until(() => late.media(9).length === 7, "a late viewer has all from the same keyframe on");
});

wireCase(
  "6.27 an empty configuration is none: of AAC, which leaves the track out, and of AV1, whose real one follows",
  async ({ rtmp }) => {
    const source = await publisher(rtmp, "cam", []);
    const av1 = bytes("90 61763031 812400000a0e20000024cfa70dbfff3404340080");
    const [key, inter] = [bytes("91 61763031 12 00 32 01 00"), bytes("a1 61763031 12 00 32 01 00")];
    source.send(1, [9, 0, bytes("90 61763031")], [8, 0, bytes("af 00")], [8, 0, AF]);
    source.send(1, [9, 0, av1], [8, 0, ASH], [9, 0, key], [8, 20, AF]);
    const viewer = await player(rtmp, "cam");
    await until(() => viewer.media(9).length === 2 && viewer.media(8).length === 2, "picture and sound have arrived");
    source.send(1, [9, 40, bytes("90 61763031")], [9, 40, inter]);
    await until(() => viewer.media(9).length === 3, "the next picture has arrived");
    assert.deepEqual(bodiesOf(viewer, 9), expected(av1, key, inter));
    assert.deepEqual(bodiesOf(viewer, 8), expected(ASH, AF));
  },
);

wireCase(
  "6.27 sound configurations that no decoder can use leave the sound out and the picture in",
  async ({ rtmp }) => {
    const source = await publisher(rtmp, "cam", [VSH]);
    for (const config of ["12", "1690", "1710", "ffffff", "f8", "00", "1700000000"])
      source.send(1, [8, 0, bytes(`af 00 ${config}`)]);
    source.send(1, [9, 0, VI], [8, 20, ASH], [8, 20, AF]);
    const viewer = await player(rtmp, "cam");
    await until(() => viewer.media(9).length === 2 && viewer.media(8).length >= 2, "picture and sound have arrived");
    assert.deepEqual(bodiesOf(viewer, 8).slice(-2), expected(ASH, AF));
  },
);

/** What viewers of a stream get, over RTMP and FLV. */
async function watched({ rtmp, http }: WireServer) {
  return { viewer: await player(rtmp, "cam"), browser: await flvViewer(http, "live/cam") };
}

wireCase("6.28 sound alone is watched, and FLV says that it is", async (server) => {
  const source = await publisher(server.rtmp, "cam", [ASH]);
  source.send(1, [8, 0, AF]);
  const { viewer, browser } = await watched(server);
  await feed(source, 8, AF, 0, () => viewer.media(8).length > 3 && frames(browser, "audio").length > 2);
  assert.equal(bodiesOf(viewer, 8)[0], hex(ASH));
  assert.equal(viewer.media(9).length, 0);
  assert.deepEqual(browser.reader.header, { audio: true, video: false });
});

wireCase("6.28 picture alone is watched, and FLV says that it is", async (server) => {
  const source = await publisher(server.rtmp, "cam", [VSH]);
  source.send(1, [9, 0, VI]);
  const { viewer, browser } = await watched(server);
  await feed(source, 9, VP, 0, () => viewer.media(9).length > 3 && frames(browser, "video").length > 2);
  assert.deepEqual(bodiesOf(viewer, 9).slice(0, 3), expected(VSH, VI, VP));
  assert.equal(viewer.media(8).length, 0);
  assert.deepEqual(browser.reader.header, { audio: false, video: true });
});

wireCase(
  "6.28 sound that comes late reaches those who watch already, and whoever comes later begins with it",
  async (server) => {
    const source = await publisher(server.rtmp, "cam", [VSH]);
    source.send(1, [9, 0, VI]);
    const { viewer, browser } = await watched(server);
    await feed(source, 9, VP, 0, () => viewer.media(9).length > 3 && frames(browser, "video").length > 2);
    source.send(1, [8, 3000, ASH], [8, 3000, AF]);
    await until(() => viewer.media(8).length === 2 && frames(browser, "audio").length === 1, "the sound has arrived");
    const late = await watched(server);
    await until(
      () => late.viewer.media(8).length >= 2 && frames(late.browser, "audio").length === 1,
      "the late ones hear it",
    );
    assert.deepEqual(late.browser.reader.header, { audio: true, video: true });
    assert.deepEqual(
      [late.viewer.messages.find(({ type }) => type === 8)?.timestampMs, late.viewer.media(9)[0]?.timestampMs],
      [0, 0],
    );
  },
);

wireCase("6.28 a picture that stops leaves the sound, also for whoever comes later", async (server) => {
  const source = await publisher(server.rtmp, "cam");
  source.send(1, [9, 0, VI], [8, 0, AF]);
  const { viewer, browser } = await watched(server);
  for (let count = 1; count <= 18; count++) {
    source.send(1, [8, count * 500, AF]);
    const there = () => viewer.media(8).length === 2 + count && frames(browser, "audio").length === 1 + count;
    await until(there, `sound ${count} has arrived`);
  }
  const late = await player(server.rtmp, "cam");
  await until(() => late.media(8).length > 1, "the late one hears it");
  assert.ok((late.media(8).at(-1)?.timestampMs ?? 0) >= 8500);
});

const aggregate = (...parts: string[]) => bytes(parts.join(""));
const part = (type: string, time: string, body: Buffer, back = body.length + 11) =>
  `${type}${body.length.toString(16).padStart(6, "0")}${time}00000000${hex(body)}${back.toString(16).padStart(8, "0")}`;

wireCase("6.32 an aggregate is what it holds, at its own time, and viewers never see one", async ({ rtmp }) => {
  const source = await publisher(rtmp, "cam");
  source.send(1, [9, 0, VI], [22, 5000, aggregate(part("09", "0003e8", VP), part("08", "000410", AF))], [9, 5080, VP]);
  const viewer = await player(rtmp, "cam");
  await until(() => viewer.media(9).length === 4, "everything has arrived");
  assert.deepEqual(
    viewer.media(9).map(({ timestampMs }) => timestampMs),
    [0, 0, 5000, 5080],
  );
  assert.equal(viewer.media(8)[1]?.timestampMs, 5040);
  assert.ok(viewer.messages.every(({ type }) => type !== 22));
});

wireCase(
  "6.32 an aggregate that is cut, empty, nested or full of orders is read up to there, and orders nothing",
  async ({ rtmp }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, VI]);
    const viewer = await player(rtmp, "cam");
    const good = part("09", "000000", VP);
    const tails: readonly (readonly [string, number])[] = [
      ["", 1],
      ["09 ffffff 000000 00 000000 27", 1],
      ["09 00000f 0000", 1],
      [part("09", "000000", VP, 999) + good, 2],
      [part("16", "000000", bytes(good)) + good, 1],
      [part("01", "000000", bytes("00000001")) + good, 1],
      [part("14", "000000", bytes("02 0005 636c6f7365 00 0000000000000000 05")) + good, 2],
    ];
    let pictures = 2;
    for (const [tail, count] of tails) {
      source.send(1, [22, 40, aggregate(good, tail)], [22, 40, bytes("")]);
      pictures += count;
      await until(() => viewer.media(9).length === pictures, `what stands before ${tail.slice(0, 20)} has arrived`);
    }
    source.write(chunked(6, 9, 1, 80, VP));
    await until(() => viewer.media(9).length === pictures + 1, "the chunk size is what it was");
  },
);

const smallLog = { keepUs: 2_000_000, maxBytes: 200_000, maxPackets: 500, maxGroupUs: 4_000_000 };
for (const [what, begin, message] of [
  ["frames without a keyframe", [VSH, ASH], VP],
  ["sound alone", [ASH], AF],
  ["large frames", [VSH, ASH], Buffer.concat([bytes("27 01 000000 00000bb8 41"), Buffer.alloc(2999)])],
  ["keyframes alone", [VSH, ASH], VI],
] as const) {
  wireCase(
    `6.33 the log keeps to its bytes, packets and time with ${what}`,
    async ({ rtmp, host }) => {
      const source = await publisher(rtmp, "cam", begin);
      source.setChunkSize(65_536);
      const type = message === AF ? 8 : 9;
      if (type === 9) source.send(1, [9, 0, VI]);
      const [stream] = host.hub.streams;
      for (let block = 0; block < 20; block++) {
        source.send(
          1,
          ...Array.from({ length: 100 }, (_, index) => [type, (block * 100 + index) * 40, message] as const),
        );
        await source.call("_checkbw");
        const log = stream?.log;
        assert.ok(
          log && log.bytes <= 204_000 && log.head - log.first <= 501,
          `${log?.bytes} bytes, ${(log?.head ?? 0) - (log?.first ?? 0)} packets`,
        );
      }
      source.send(1, [9, 80_000, VSH], [9, 80_000, VI], [8, 80_000, AF]);
      const viewer = await player(rtmp, "cam");
      await until(() => viewer.media(9).length + viewer.media(8).length > 1, "a newcomer is served");
    },
    { app: { log: smallLog } },
  );
}
