import assert from "node:assert/strict";
import test from "node:test";
import { ByteReader, ByteWriter, FlvDemuxer, type Packet } from "@sluice/media";
import { enhanced } from "../../testing/enhanced-bodies.ts";
import { testHost } from "../../testing/host.ts";
import { publishLive } from "../../testing/live.ts";
import { bytes } from "../../testing/wire-bytes.ts";
import { initBytes, segmentBytes } from "./encoded.ts";

const frameUs = 1_001_000 / 60;
const frames = 400;
const keyframes = 60;
/** Frames are shown in another order than they are decoded in: the third is shown before the second, three frames later than decoded at most. */
const shown = Array.from(
  { length: frames },
  (_, index) => index + 1 + (index % 3 === 1 ? 1 : index % 3 === 2 ? -1 : 0),
);

/** A message as an encoder sends it that is exact: milliseconds in their places, nanoseconds in front. */
function message(index: number): { timestampMs: number; ptsUs: number; body: Uint8Array } {
  const timestampMs = Math.floor((index * frameUs) / 1000);
  const ptsNs = Math.round((shown[index] ?? 0) * frameUs * 1000);
  const ptsMs = Math.floor(ptsNs / 1_000_000);
  const isKey = index % keyframes === 0;
  const unit = isKey ? enhanced.HI.subarray(8) : enhanced.HP.subarray(8);
  const body = new ByteWriter()
    .u8(isKey ? 0x97 : 0xa7)
    .u8(2)
    .u24(ptsNs - ptsMs * 1_000_000)
    .u8(1)
    .utf8("hvc1")
    .u24(ptsMs - timestampMs)
    .bytes(unit)
    .finish();
  return { timestampMs, ptsUs: ptsNs / 1000, body };
}

type Box = { type: string; body: ByteReader };

function* boxes(reader: ByteReader): Generator<Box> {
  while (reader.left > 0) {
    const size = reader.u32();
    yield { type: reader.utf8(4), body: reader.part(size - 8) };
  }
}

/** When a segment's samples are shown (ISO/IEC 14496-12, 8.8), in ticks. */
function presentationTimes(segment: Uint8Array): number[] {
  const times: number[] = [];
  for (const { type, body } of boxes(new ByteReader(segment))) {
    if (type !== "moof") continue;
    for (const part of boxes(body)) if (part.type === "traf") times.push(...trackTimes(part.body));
  }
  return times;
}

function trackTimes(traf: ByteReader): number[] {
  const parts = new Map([...boxes(traf)].map(({ type, body }) => [type, body]));
  const [tfhd, tfdt, trun] = [parts.get("tfhd"), parts.get("tfdt"), parts.get("trun")];
  assert.ok(tfhd && tfdt && trun);
  const headerFlags = tfhd.u32() & 0xffffff;
  tfhd.skip(4);
  const usual = (headerFlags & 8) === 0 ? 0 : tfhd.u32();
  tfdt.skip(4);
  let decode = tfdt.u32() * 2 ** 32 + tfdt.u32();
  const flags = trun.u32() & 0xffffff;
  const count = trun.u32();
  trun.skip((flags & 4) === 0 ? 4 : 8);
  return Array.from({ length: count }, () => {
    const duration = (flags & 0x100) === 0 ? usual : trun.u32();
    trun.skip(4 * (Number((flags & 0x200) !== 0) + Number((flags & 0x400) !== 0)));
    const time = decode + ((flags & 0x800) === 0 ? 0 : trun.u32() | 0);
    decode += duration;
    return time;
  });
}

test("the nanoseconds of Enhanced RTMP are in fragmented MP4, to the microsecond", async (t) => {
  const host = await testHost();
  t.after(() => host.close());
  const { append } = publishLive(host);
  const packets: Packet[] = [];
  const demuxer = new FlvDemuxer((packet) => void packets.push(packet));
  demuxer.tag(9, 0, enhanced.HSH);
  demuxer.tag(8, 0, bytes("af00 1210"));
  const sent = Array.from({ length: frames }, (_, index) => message(index));
  for (const { timestampMs, body } of sent) {
    demuxer.tag(9, timestampMs, body);
    demuxer.tag(8, timestampMs, bytes("af01 211004608c1c"));
  }
  append(packets);

  const rendition = host.segments.presentations.find("live/cam")?.renditions.get("v0");
  assert.ok(rendition);
  const whole = rendition.segments.filter(({ closed }) => closed);
  assert.ok(whole.length >= 2);
  const times: number[] = [];
  for (const segment of whole) times.push(...presentationTimes(await segmentBytes(rendition, segment)));
  assert.ok(times.length >= 2 * keyframes);
  times.forEach((ticks, index) => {
    const us = (ticks / rendition.timescale) * 1_000_000;
    assert.ok(Math.abs(us - (sent[index]?.ptsUs ?? 0)) <= 1, `frame ${index}: ${us} for ${sent[index]?.ptsUs}`);
  });
  assert.ok(initBytes(rendition, { number: 0, track: rendition.track }).length > 0);
});
