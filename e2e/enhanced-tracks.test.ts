import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { encodeAmf0, type FlvTag, flvHeader, flvTag } from "@sluice/media";
import { type RtmpClient, rtmpClient } from "../packages/server/testing/clients.ts";
import { dashTracks, hlsTracks, readTracks } from "./ended-stream.ts";
import { arrived, from, mediaPlaylists, plain, problems, published, viewers } from "./enhanced-outputs.ts";
import { enhancedClip, newFfmpeg, noFfmpeg8 as skip } from "./ffmpeg8.ts";
import { FlvPublisher, flvTags, isEnd } from "./flv-publisher.ts";
import { ffmpeg, until } from "./peers.ts";
import { isLive, type RealServer, startServer } from "./server.ts";
import type { TrackSeen } from "./tracks-seen.ts";

const none = new Uint8Array();

/** Of H.264 and HEVC, and stereo and mono: the tracks as the file has them. */
async function sentTracks(): Promise<{ file: string; all: TrackSeen[]; first: TrackSeen[] }> {
  const file = await enhancedClip("tracks");
  const all = await readTracks(newFfmpeg(`-i ${file} -f framecrc pipe:1`));
  assert.deepEqual(
    all.map(({ codec }) => codec),
    ["h264", "aac", "hevc", "aac"],
  );
  return { file, all, first: all.slice(0, 2) };
}

test("two pictures and two sounds that FFmpeg 8 publishes: all of them over HLS, DASH, and FLV where that is asked for; over RTMP the first of each", {
  skip,
}, async (t) => {
  const server = await startServer(t);
  const { file, all, first } = await sentTracks();
  const seen = await published(t, server, file, { query: "?tracks=all" });
  assert.deepEqual(plain(seen.rtmp), plain(from(first, "dtsMs")), "over RTMP");
  assert.deepEqual(problems(seen.flv, from(all, "dtsMs")), [], "over HTTP-FLV");
  assert.deepEqual(problems(seen.hls, from(all, "ptsMs")), [], "over HLS");
  assert.deepEqual(problems(seen.dash, from(all, "ptsMs")), [], "over DASH");
});

test("what OBS sends of several tracks: an old FFmpeg sees the first of each; who announces that it takes them, and HLS and DASH, have all", {
  skip,
}, async (t) => {
  const server = await startServer(t);
  const { file, all, first } = await sentTracks();
  const tags = asObsSends(flvTags(file));
  const old = ffmpeg(`-i ${server.rtmp}/live/cam -map 0 -c copy -copyts -f framecrc -`);
  t.after(() => old.child.kill("SIGKILL"));
  const plainClient = await viewer(t, server, {});
  const capable = await viewer(t, server, { capsEx: 2, fourCcList: ["*"] });
  await until(() => viewers(server) === 3, "the viewers wait");
  const publisher = await FlvPublisher.connect(t, server.rtmp, "cam");
  const between = (fromMs: number, toMs: number) =>
    tags.filter(({ timestampMs }) => timestampMs >= fromMs && timestampMs < toMs);
  await publisher.play(between(0, 500));
  await until(() => isLive(server, "live/cam"), "the stream is live");
  const flv = newFfmpeg(`-i ${server.http}/live/cam.flv?tracks=all -f framecrc pipe:1`);
  t.after(() => flv.child.kill("SIGKILL"));
  await until(() => viewers(server) === 4, "a viewer has come over HTTP-FLV");
  await publisher.play(between(500, 3_500));
  const playlists = await mediaPlaylists(`${server.http}/live/cam.m3u8`);
  const manifest = await arrived(`${server.http}/live/cam.mpd`);
  await publisher.play(between(3_500, Number.POSITIVE_INFINITY));
  publisher.send(tags.filter(isEnd).map((tag) => ({ ...tag, timestampMs: 0 })));
  publisher.end();
  assert.deepEqual(plain(await readTracks(old)), plain(from(first, "dtsMs")), "FFmpeg 5.1");
  for (const client of [plainClient, capable]) await until(() => hasEnded(client), "the viewers are told of the end");
  assert.deepEqual(newWords(mediaOf(plainClient)), [], "who announces nothing");
  assert.deepEqual(problems(await readTracks(flv), from(all, "dtsMs")), [], "over HTTP-FLV");
  assert.equal(mediaOf(capable).filter(isWrappedColour).length, 1, "the colours of the second picture");
  assert.deepEqual(problems(await recorded(server, capable), from(all, "dtsMs")), [], "who announces it");
  assert.deepEqual(problems(await hlsTracks(playlists), from(all, "ptsMs")), [], "over HLS");
  assert.deepEqual(problems(await dashTracks(manifest.url, server.folder), from(all, "ptsMs")), [], "over DASH");
});

test("colours of HDR as OBS sends them are no picture to FFmpeg 8", { skip }, async (t) => {
  const server = await startServer(t);
  const file = await enhancedClip("hevc");
  const all = await readTracks(newFfmpeg(`-i ${file} -f framecrc pipe:1`));
  const reader = newFfmpeg(`-i ${server.rtmp}/live/cam -f framecrc pipe:1`);
  t.after(() => reader.child.kill("SIGKILL"));
  await until(() => viewers(server) === 1, "a viewer waits");
  const publisher = await FlvPublisher.connect(t, server.rtmp, "cam");
  const coloured = flvTags(file).map((tag) => (isColour(tag) ? { ...tag, body: obsColours("84 68766331") } : tag));
  assert.ok(coloured.some(({ body }) => body[0] === 0x84));
  await publisher.play(coloured);
  publisher.end();
  assert.deepEqual(plain(await readTracks(reader)), plain(from(all, "dtsMs")));
});

/** OBS has no word of where channels belong, wraps the colours of its second picture, and says that at the end all time is over. */
function asObsSends(tags: readonly FlvTag[]): FlvTag[] {
  return tags.flatMap((tag) => {
    const [first = 0, second = 0] = tag.body;
    if (tag.type === 18 || isEnd(tag)) return tag.type === 18 ? [] : [tag];
    if (tag.type === 8 && (first === 0x94 || (first === 0x95 && (second & 15) === 4))) return [];
    return isColour(tag) ? [{ ...tag, body: obsColours("86 04 68766331 01") }] : [tag];
  });
}

function isColour({ type, body }: FlvTag): boolean {
  return type === 9 && body[0] === 0xd4;
}

/** As OBS sends them of another picture than the first. */
function isWrappedColour({ type, body }: FlvTag): boolean {
  return type === 9 && body[0] === 0x86 && body[1] === 0x04;
}

function obsColours(head: string): Uint8Array {
  const colorConfig = { bitDepth: 10, colorPrimaries: 9, transferCharacteristics: 16, matrixCoefficients: 9 };
  const colours = encodeAmf0("colorInfo", { colorConfig, hdrCll: { maxFall: 400, maxCLL: 1_000 } });
  return Buffer.concat([Buffer.from(head.replaceAll(" ", ""), "hex"), colours]);
}

async function viewer(t: TestContext, server: RealServer, announced: object): Promise<RtmpClient> {
  const client = await rtmpClient(Number(new URL(server.rtmp).port), "live", announced);
  t.after(() => client.socket.destroy());
  client.connection.play(1, "cam");
  return client;
}

function hasEnded(client: RtmpClient): boolean {
  return client.closed() || client.statuses().some((code) => code === "NetStream.Play.UnpublishNotify");
}

function mediaOf({ events }: RtmpClient): FlvTag[] {
  return events.flatMap((event) => (event.kind === "media" ? [event] : []));
}

/** Messages that only a peer of Enhanced RTMP v2 reads, by their first bytes. */
function newWords(tags: readonly FlvTag[]): string[] {
  return tags.flatMap(({ type, body: [first = 0] }) => {
    const isNew = type === 9 ? first >= 0x80 && (first & 15) > 5 : type === 8 && first >> 4 === 9 && (first & 15) > 3;
    return isNew ? [`${type} ${first.toString(16)}`] : [];
  });
}

/** What a client got, as FFmpeg 8 reads it. */
async function recorded(server: RealServer, client: RtmpClient): Promise<TrackSeen[]> {
  const file = join(server.folder, "recorded.flv");
  const tags = mediaOf(client)
    .filter((tag) => !isWrappedColour(tag)) // FFmpeg takes them for a picture
    .map(({ type, timestampMs, body }) => flvTag(type, timestampMs, none, body));
  writeFileSync(file, Buffer.concat([flvHeader({ audio: true, video: true }), ...tags]));
  return readTracks(newFfmpeg(`-i ${file} -f framecrc pipe:1`));
}
