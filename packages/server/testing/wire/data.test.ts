import assert from "node:assert/strict";
import { type Amf, decodeAmf0, encodeAmf0 } from "@sluice/media";
import { flvViewer } from "../clients.ts";
import { until } from "../host.ts";
import { type Peer, player, publisher } from "../peer.ts";
import { bodies, bytes } from "../wire-bytes.ts";
import { wireCase } from "../wire-case.ts";

const { VI, VP, AF } = bodies;
const plain = (value: Amf | undefined) => JSON.parse(JSON.stringify(value ?? null));
/** Names and values of the data messages that a viewer got. */
const data = (viewer: Peer) => viewer.media(18).map(({ body }) => decodeAmf0(body).map(plain));
const setMetadata = (value: Amf) => encodeAmf0("@setDataFrame", "onMetaData", value);

async function watched(port: number): Promise<Peer> {
  const viewer = await player(port, "cam");
  await until(() => viewer.media(9).length > 1, "the viewer watches");
  return viewer;
}

wireCase(
  "6.30 metadata is stored, and late viewers get the last of it, without its wrapper and before the media",
  async ({ rtmp }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [18, 0, setMetadata({ width: 64, title: "one" })], [9, 0, VI]);
    const early = await watched(rtmp);
    assert.deepEqual(data(early), [["onMetaData", { width: 64, title: "one" }]]);
    source.send(1, [18, 40, setMetadata({ width: 128 })], [9, 40, VP], [9, 80, VI]);
    await until(() => early.media(9).length === 4, "everything has arrived");
    assert.deepEqual(data(early), [
      ["onMetaData", { width: 64, title: "one" }],
      ["onMetaData", { width: 128 }],
    ]);
    const order = early.messages.map(({ type, timestampMs }) => `${type}@${timestampMs}`);
    assert.ok(order.indexOf("18@40") < order.indexOf("9@40"));
    const late = await watched(rtmp);
    assert.deepEqual(data(late), [["onMetaData", { width: 128 }]]);
    assert.equal(late.messages.find(({ type }) => type === 8 || type === 9 || type === 18)?.type, 18);
  },
);

wireCase("6.30 cleared metadata is not shown to later viewers", async ({ rtmp }) => {
  const source = await publisher(rtmp, "cam");
  source.send(1, [18, 0, setMetadata({ width: 64 })], [9, 0, VI]);
  const early = await watched(rtmp);
  source.send(1, [18, 40, encodeAmf0("@clearDataFrame", "onMetaData")], [9, 40, VI]);
  await until(() => early.media(9).length === 3, "everything has arrived");
  const late = JSON.stringify(data(await watched(rtmp)));
  assert.ok(!late.includes("width") && !late.includes('["onMetaData",null]'), late);
});

const wrong: readonly (readonly [string, Uint8Array | undefined])[] = [
  ["no videocodecid", setMetadata({ width: 64, height: 64 })],
  ["videocodecid as a string", setMetadata({ videocodecid: "hvc1", audiocodecid: "mp4a" })],
  ["another codec than the one that comes", setMetadata({ videocodecid: 4, audiocodecid: 2 })],
  ["sound that never comes", setMetadata({ audiocodecid: 10, videocodecid: 7 })],
  ["none at all", undefined],
  ["no value", encodeAmf0("@setDataFrame", "onMetaData")],
  ["a number instead of an object", encodeAmf0("@setDataFrame", "onMetaData", 7)],
  ["numbers that are none", setMetadata({ width: Number.NaN, height: -1, framerate: Number.POSITIVE_INFINITY })],
  ["a name that is not set", encodeAmf0("onMetaData", { width: 1e300 })],
];

wireCase("6.30 tracks come from what is sent, whatever metadata says", async ({ rtmp, http, host }) => {
  for (const [what, body] of wrong) {
    const source = await publisher(rtmp, "cam");
    if (body) source.send(1, [18, 0, body]);
    source.send(1, [9, 0, VI], [8, 0, AF], [9, 40, VP]);
    const viewer = await watched(rtmp);
    await until(() => viewer.media(9).length === 3, `${what}: the pictures have arrived`);
    const browser = await flvViewer(http, "live/cam");
    await until(() => browser.packets.filter(({ kind }) => kind === "frame").length === 3, `${what}: over FLV too`);
    assert.deepEqual(browser.reader.header, { audio: true, video: true });
    source.tell(0, "deleteStream", 1);
    await until(() => [...host.hub.streams].length === 0, "the stream has ended");
    source.socket.destroy();
  }
});

wireCase(
  "6.30 metadata goes to FLV viewers too, dates and typed values as what all players read",
  async ({ rtmp, http }) => {
    const source = await publisher(rtmp, "cam");
    const seen: unknown[] = [];
    source.send(
      1,
      [18, 0, setMetadata({ made: new Date(1e12), none: undefined, tags: ["a", null], "\u0007bell": 1 })],
      [9, 0, VI],
    );
    const browser = await flvViewer(http, "live/cam");
    await until(() => browser.packets.some(({ kind }) => kind === "frame"), "the keyframe has arrived");
    for (const packet of browser.packets) if (packet.kind === "data") seen.push(decodeAmf0(packet.data).map(plain));
    assert.deepEqual(seen, [["onMetaData", { made: 1e12, none: null, tags: ["a", null] }]]);
  },
);

const cues: readonly (readonly [string, ...Amf[]])[] = [
  ["onTextData", { text: "hello", language: "en" }],
  ["onCuePoint", { name: "ad", time: 12.5, type: "event", parameters: { id: "7" } }],
  ["onFI", { sd: "25-11-2026", st: "10:00:00.1" }],
  ["onCaption", "text"],
  ["onCaptionInfo", { type: "708" }],
  ["whatever", 1, true, null, "x", ["a"]],
  ["connect", { app: "live" }],
  ["deleteStream", 0, null, 1],
  ["closeStream", 0, null],
];

wireCase(
  "6.31 data of any name reaches RTMP and FLV viewers unchanged and in order, and orders nothing",
  async ({ rtmp, http }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, VI], [8, 0, AF]);
    const [viewer, browser] = [await watched(rtmp), await flvViewer(http, "live/cam")];
    source.send(1, ...cues.map((cue, index) => [18, 10 + index, encodeAmf0(...cue)] as const), [9, 40, VP]);
    await until(() => viewer.media(9).length === 3, "the next picture has arrived");
    assert.deepEqual(
      data(viewer),
      cues.map(([...cue]) => cue.map(plain)),
    );
    assert.deepEqual(
      viewer.media(18).map(({ timestampMs }) => timestampMs),
      cues.map((_, index) => 10 + index),
    );
    const told = () =>
      browser.packets.flatMap(({ kind, data }) => (kind === "data" ? [decodeAmf0(data).map(plain)] : []));
    await until(() => told().length === cues.length, "all have arrived over FLV");
    assert.deepEqual(told(), data(viewer));
    assert.ok(!source.closed);
  },
);

wireCase("6.31 captions in SEI and NAL units that nobody knows reach viewers bit by bit", async ({ rtmp, http }) => {
  const source = await publisher(rtmp, "cam");
  const captions = "00000012 06 04 0d b5 0031 47413934 03 c1 ff fc 9420 ff 80";
  const unknown = "00000004 3f 01 02 03";
  const frame = bytes(`27 01 000000 ${captions} ${unknown} 00000006 419a202fc230`);
  source.send(1, [9, 0, VI], [8, 0, AF]);
  const [viewer, browser] = [await watched(rtmp), await flvViewer(http, "live/cam")];
  source.send(1, [9, 40, frame]);
  await until(() => viewer.media(9).length === 3, "the picture has arrived");
  assert.deepEqual(Buffer.from(viewer.media(9)[2]?.body ?? []), frame);
  const pictures = () => browser.packets.filter(({ kind, track }) => kind === "frame" && track.kind === "video");
  await until(() => pictures().length === 2, "it has arrived over FLV");
  assert.deepEqual(Buffer.from(pictures()[1]?.data ?? []), frame.subarray(5));
});

wireCase(
  "6.31 commands within video, disposable and generated frames are passed on, and nobody starts at them",
  async ({ rtmp }) => {
    const source = await publisher(rtmp, "cam");
    const strange = [
      bytes("57 00"),
      bytes("37 01 000000 00000006 419a202fc230"),
      bytes("47 01 000000 00000006 419a202fc230"),
    ];
    source.send(1, [9, 0, VI], [8, 0, AF]);
    const viewer = await watched(rtmp);
    source.send(1, ...strange.map((body, index) => [9, 40 * (index + 1), body] as const), [9, 160, VP]);
    await until(() => viewer.media(9).length === 6, "all have arrived");
    assert.deepEqual(Buffer.from(viewer.media(9)[2]?.body ?? []), strange[0]);
    const late = await watched(rtmp);
    assert.deepEqual(Buffer.from(late.media(9)[1]?.body ?? []), VI);
  },
);
