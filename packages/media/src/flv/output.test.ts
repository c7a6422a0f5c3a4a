import assert from "node:assert/strict";
import test from "node:test";
import { decodeAmf0, encodeData } from "../amf/amf0.ts";
import type { Packet } from "../packet.ts";
import { type AudioTrack, dataTrack, type Track, type VideoTrack } from "../track.ts";
import { flvForm, usualForm } from "./form.ts";
import { FlvOutput } from "./output.ts";

const config = new Uint8Array();
const hevc: VideoTrack = { kind: "video", id: 0, codec: "hevc", config, width: 1920, height: 1080 };
const h264: VideoTrack = { kind: "video", id: 1, codec: "h264", config, width: 1280, height: 720, frameRate: 30 };
const opus: AudioTrack = { kind: "audio", id: 0, codec: "opus", config, sampleRate: 48_000, channels: 2 };
const aac: AudioTrack = { kind: "audio", id: 2, codec: "aac", config, sampleRate: 44_100, channels: 1 };
const tracks: readonly Track[] = [hevc, h264, opus, aac];
const both = { audio: true, video: true };
const h264Only = flvForm({ video: new Set(["h264"]), audio: new Set(["aac"]) });
const everything = flvForm({ multitrack: true });

const packet = (track: Track, kind: Packet["kind"] = "frame", data: Uint8Array = config): Packet => {
  return { kind, track, dtsUs: 0, ptsUs: 0, keyframe: kind === "frame", data };
};
const metadata = (properties: object) => packet(dataTrack, "data", encodeData("onMetaData", properties as never));
const words = (packets: readonly (Packet | undefined)[]) =>
  packets.map((each) => each && `${each.kind} ${each.track.kind} ${each.track.id} ${each.track.codec}`);
const propertiesOf = (each: Packet | undefined) =>
  JSON.parse(JSON.stringify(decodeAmf0(each?.data ?? config)[1] ?? null));
const configs = tracks.map((track) => packet(track, "config"));

test("who takes one track of each kind gets the first that it can take, as track 0", () => {
  const output = new FlvOutput(both, h264Only);
  assert.deepEqual(words(output.begin(tracks, configs)), ["config video 0 h264", "config audio 0 aac"]);
  const row = {};
  const sent = tracks.map((track) => output.packet(packet(track), row));
  assert.deepEqual(words(sent), [undefined, "frame video 0 h264", undefined, "frame audio 0 aac"]);
  assert.ok(output.has("video", tracks) && !output.has("video", [hevc]) && !output.has("audio", [opus]));
});

test("the usual viewer's packets of the default tracks are passed as they are", () => {
  const output = new FlvOutput(both, usualForm);
  output.begin(tracks, configs);
  const frame = packet(hevc);
  assert.equal(output.packet(frame, {}), frame);
  assert.equal(output.packet(packet(h264), {}), undefined);
  const data = metadata({ width: 1 });
  assert.equal(output.packet(data, {}), data);
});

test("what is not wanted is not sent, and announced in no header", () => {
  const output = new FlvOutput({ audio: true, video: false }, usualForm);
  assert.deepEqual(words(output.begin(tracks, configs)), ["config audio 0 opus"]);
  assert.equal(output.packet(packet(hevc), {}), undefined);
  assert.ok(!output.has("video", tracks) && output.has("audio", tracks));
});

test("a track that changes its codec changes which track is the first, from there on, in its row alone", () => {
  const output = new FlvOutput(both, h264Only);
  output.begin(tracks, configs);
  const [changed, other] = [{}, {}];
  output.packet(packet(h264), other);
  const now264: VideoTrack = { ...hevc, codec: "h264" };
  assert.deepEqual(words([output.packet(packet(now264, "config"), changed)]), ["config video 0 h264"]);
  assert.deepEqual(words([output.packet(packet(now264), changed)]), ["frame video 0 h264"]);
  assert.equal(output.packet(packet(h264), changed), undefined);
  assert.deepEqual(words([output.packet(packet(h264), other)]), ["frame video 0 h264"]);
});

test("where nobody has told which tracks there are, they are learned as they come", () => {
  const output = new FlvOutput(both, usualForm);
  const row = {};
  assert.deepEqual(words([output.packet(packet(opus), row)]), ["frame audio 0 opus"]);
  assert.deepEqual(words([output.packet(packet(hevc, "config"), row)]), ["config video 0 hevc"]);
  assert.equal(output.packet(packet(aac), row), undefined);
  assert.deepEqual(words([output.packet(packet(opus), row)]), ["frame audio 0 opus"]);
});

test("who takes all tracks gets all under their numbers, with metadata of which the publisher's words stay", () => {
  const output = new FlvOutput(both, everything);
  const said = { title: "x", videocodecid: 7, videoTrackIdInfoMap: { "1": { width: 640 }, "9": { width: 1 } } };
  const [data, ...rest] = output.begin(tracks, [metadata(said), ...configs]);
  assert.deepEqual(rest, configs);
  assert.deepEqual(propertiesOf(data), {
    title: "x",
    width: 1920,
    height: 1080,
    videocodecid: 7,
    audiocodecid: 1332770163,
    audiosamplerate: 48_000,
    videoTrackIdInfoMap: {
      "1": { width: 640, height: 720, framerate: 30, videocodecid: 1635148593 },
      "9": { width: 1 },
    },
    audioTrackIdInfoMap: { "2": { samplerate: 44_100, channels: 1, audiocodecid: 1836069985 } },
  });
});

test("a publisher's missing metadata is made for several tracks, and for one there is none", () => {
  const output = new FlvOutput(both, everything);
  assert.deepEqual(Object.keys(propertiesOf(output.begin(tracks, configs)[0]).videoTrackIdInfoMap), ["1"]);
  assert.deepEqual(words(output.begin([hevc], [packet(hevc, "config")])), ["config video 0 hevc"]);
});

test("a track that is there and is not sent is not promised", () => {
  const output = new FlvOutput(both, flvForm({ multitrack: true, video: new Set(["hevc"]) }));
  const said = { videoTrackIdInfoMap: { "1": { width: 640 } } };
  const [data] = output.begin([hevc, h264], [metadata(said)]);
  assert.equal(propertiesOf(data).videoTrackIdInfoMap, undefined);
});

test("other data, and metadata that is taken back, is not made up", () => {
  const output = new FlvOutput(both, everything);
  output.begin(tracks, configs);
  const cue = packet(dataTrack, "data", encodeData("onCuePoint", { name: "x" }));
  assert.equal(output.packet(cue, {}), cue);
  const broken = packet(dataTrack, "data", Uint8Array.of(2, 0, 9));
  assert.equal(output.packet(broken, {}), broken);
});
