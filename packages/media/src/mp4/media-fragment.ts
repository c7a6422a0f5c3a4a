import { ByteWriter } from "../bytes/byte-writer.ts";
import { MalformedError } from "../malformed-error.ts";
import { boxHeader } from "./box.ts";
import { trackNumber } from "./init-segment.ts";

/** One access unit in a fragment. Times in the track's timescale. */
export type Mp4Sample = {
  readonly data: Uint8Array;
  readonly duration: number;
  /** How much later than decoded it is shown; may be negative. */
  readonly compositionOffset: number;
  readonly keyframe: boolean;
};

/** What `mediaFragment` makes a fragment of. */
export type Mp4Fragment = {
  readonly kind: "video" | "audio";
  /** Goes up by one from fragment to fragment. */
  readonly sequence: number;
  /** Of the first sample. */
  readonly decodeTime: number;
  readonly samples: readonly Mp4Sample[];
  /** Boxes that go in front (styp, prft, emsg), already encoded. */
  readonly before?: readonly Uint8Array[];
};

/** Where a sample's fields stand: for all alike in tfhd, for the first in trun, or for each in trun. */
type Layout = {
  readonly payload: number;
  /** How many fields each sample has in trun. */
  readonly perSample: number;
  readonly duration: boolean;
  readonly size: boolean;
  readonly flags: "alike" | "first" | "each";
  readonly composition: boolean;
};

const maxSamples = 10_000;
const maxBytes = 2 ** 32 - 1;
const maxU32 = 2 ** 32 - 1;
const minOffset = -(2 ** 31);
const maxOffset = 2 ** 31 - 1;

/** ISO/IEC 14496-12, 8.8.3.1: depends on no other; depends on others and is no sync sample. */
const SampleFlags = { sync: 0x02000000, other: 0x01010000 } as const;
/** ISO/IEC 14496-12, 8.8.7. */
const Tfhd = { duration: 0x8, size: 0x10, flags: 0x20, baseIsMoof: 0x20000 } as const;
/** ISO/IEC 14496-12, 8.8.8. */
const Trun = {
  dataOffset: 0x1,
  firstFlags: 0x4,
  duration: 0x100,
  size: 0x200,
  flags: 0x400,
  composition: 0x800,
} as const;

/**
 * moof and mdat (ISO/IEC 14496-12, 8.8; a CMAF chunk by ISO/IEC 23000-19, 7.3.2.3), made in one piece of memory. AV1 samples are to be passed through `mp4Payload` before. Throws `mp4/empty` without
 * samples, `mp4/samples` for more than 10,000, `mp4/size` for more than 4 GiB, `mp4/time` for times that have no place in their fields.
 */
export function mediaFragment(fragment: Mp4Fragment): Uint8Array {
  const { kind, sequence, decodeTime, samples, before = [] } = fragment;
  const [first] = samples;
  if (!first) throw new MalformedError("mp4/empty", "a fragment without samples");
  if (samples.length > maxSamples) throw new MalformedError("mp4/samples", `${samples.length} samples`);
  if (!Number.isSafeInteger(decodeTime) || decodeTime < 0)
    throw new MalformedError("mp4/time", `a decode time of ${decodeTime}`);
  const layout = layoutOf(kind, first, samples);
  const moof = moofSize(layout, samples.length);
  const front = before.reduce((sum, each) => sum + each.length, 0);
  const total = front + moof + boxHeader + layout.payload;
  if (total > maxBytes) throw new MalformedError("mp4/size", `a fragment of ${total} bytes`);
  const writer = new ByteWriter(total);
  for (const each of before) writer.bytes(each);
  writer.u32(moof).utf8("moof");
  writer.u32(16).utf8("mfhd").u32(0).u32(sequence);
  writer.u32(moof - boxHeader - 16).utf8("traf");
  writeHeader(writer, fragment, first, layout);
  writer.u32(20).utf8("tfdt").u32(0x01000000).u64(decodeTime); // version 1: 64 bits (8.8.12)
  writeRun(writer, fragment, layout, moof + boxHeader);
  writer.u32(boxHeader + layout.payload).utf8("mdat");
  for (const { data } of samples) writer.bytes(data);
  return writer.finish();
}

function layoutOf(kind: Mp4Fragment["kind"], first: Mp4Sample, samples: readonly Mp4Sample[]): Layout {
  let [duration, size, composition, payload, alike, alikeAfterFirst] = [false, false, false, 0, true, true];
  const second = samples[1] ?? first;
  for (const sample of samples) {
    check(sample);
    payload += sample.data.length;
    duration ||= sample.duration !== first.duration;
    size ||= sample.data.length !== first.data.length;
    composition ||= sample.compositionOffset !== 0;
    alike &&= flagsOf(kind, sample) === flagsOf(kind, first);
    alikeAfterFirst &&= sample === first || flagsOf(kind, sample) === flagsOf(kind, second);
  }
  const flags = alike ? "alike" : alikeAfterFirst ? "first" : "each";
  const perSample = Number(duration) + Number(size) + Number(flags === "each") + Number(composition);
  return { payload, perSample, duration, size, flags, composition };
}

function check({ duration, compositionOffset }: Mp4Sample): void {
  if (!Number.isInteger(duration) || duration < 0 || duration > maxU32)
    throw new MalformedError("mp4/time", `a sample of duration ${duration}`);
  if (!Number.isInteger(compositionOffset) || compositionOffset < minOffset || compositionOffset > maxOffset)
    throw new MalformedError("mp4/time", `a sample that is shown ${compositionOffset} after it is decoded`);
}

/** Every frame of sound is a sync sample. */
function flagsOf(kind: Mp4Fragment["kind"], { keyframe }: Mp4Sample): number {
  return kind === "audio" || keyframe ? SampleFlags.sync : SampleFlags.other;
}

function headerSize({ duration, size, flags }: Layout): number {
  return 16 + 4 * (Number(!duration) + Number(!size) + Number(flags !== "each"));
}

function runSize({ perSample, flags }: Layout, count: number): number {
  return 20 + (flags === "first" ? 4 : 0) + 4 * perSample * count;
}

/** moof, mfhd, traf, tfhd, tfdt, trun. */
function moofSize(layout: Layout, count: number): number {
  return boxHeader + 16 + boxHeader + headerSize(layout) + 20 + runSize(layout, count);
}

/** tfhd (ISO/IEC 14496-12, 8.8.7): what holds for all samples. */
function writeHeader(writer: ByteWriter, { kind, samples }: Mp4Fragment, first: Mp4Sample, layout: Layout): void {
  const { duration, size, flags } = layout;
  const present =
    Tfhd.baseIsMoof | (duration ? 0 : Tfhd.duration) | (size ? 0 : Tfhd.size) | (flags === "each" ? 0 : Tfhd.flags);
  writer.u32(headerSize(layout)).utf8("tfhd").u32(present).u32(trackNumber);
  if (!duration) writer.u32(first.duration);
  if (!size) writer.u32(first.data.length);
  if (flags !== "each") writer.u32(flagsOf(kind, samples[1] ?? first));
}

/** trun (ISO/IEC 14496-12, 8.8.8), version 1: composition offsets have a sign. */
function writeRun(writer: ByteWriter, { kind, samples }: Mp4Fragment, layout: Layout, dataOffset: number): void {
  const { duration, size, flags, composition } = layout;
  const present =
    Trun.dataOffset |
    (flags === "first" ? Trun.firstFlags : 0) |
    (duration ? Trun.duration : 0) |
    (size ? Trun.size : 0) |
    (flags === "each" ? Trun.flags : 0) |
    (composition ? Trun.composition : 0);
  writer.u32(runSize(layout, samples.length)).utf8("trun").u8(1).u24(present);
  writer.u32(samples.length).u32(dataOffset);
  const [first] = samples;
  if (first && flags === "first") writer.u32(flagsOf(kind, first));
  for (const sample of samples) writeSample(writer, kind, layout, sample);
}

function writeSample(writer: ByteWriter, kind: Mp4Fragment["kind"], layout: Layout, sample: Mp4Sample): void {
  if (layout.duration) writer.u32(sample.duration);
  if (layout.size) writer.u32(sample.data.length);
  if (layout.flags === "each") writer.u32(flagsOf(kind, sample));
  if (layout.composition) writer.u32(sample.compositionOffset);
}
