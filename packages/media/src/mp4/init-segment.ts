import { ByteWriter } from "../bytes/byte-writer.ts";
import { pictureDescription } from "../codecs/colour.ts";
import { MalformedError } from "../malformed-error.ts";
import type { AudioTrack, VideoTrack } from "../track.ts";
import { box, fullBox } from "./box.ts";
import { sampleEntry } from "./sample-entry.ts";

/** The one track of every init segment and fragment. */
export const trackNumber = 1;

const maxTimescale = 2 ** 32 - 1;
/** Enabled, in the movie and in its preview. */
const trackFlags = 7;
/** The data is in the same file. */
const selfContained = 1;
const maxShown = 0xffff;
const undetermined = 0x55c4;
const normalRate = 0x10000;
const fullVolume = 0x100;
const unityMatrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

/** ftyp and moov of one track, number 1, whose samples are all in fragments (ISO/IEC 23000-19, 7.3.1). Throws `mp4/codec` where `fitsMp4` says no, `mp4/time` for a timescale that is none. */
export function initSegment(track: VideoTrack | AudioTrack, timescale: number): Uint8Array {
  if (!Number.isInteger(timescale) || timescale < 1 || timescale > maxTimescale)
    throw new MalformedError("mp4/time", `a timescale of ${timescale}`);
  const entry = sampleEntry(track);
  const movie = box("moov", movieHeader(timescale), trackBox(track, timescale, entry), movieExtends());
  const brands = ["iso6", "cmfc", ...(track.codec === "av1" ? ["av01"] : [])]; // AV1 in ISOBMFF, 2.1
  return joined(fileType(brands), movie);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return new ByteWriter(first.length + second.length).bytes(first).bytes(second).finish();
}

/** ISO/IEC 14496-12, 4.3. */
function fileType(brands: readonly string[]): Uint8Array {
  const writer = new ByteWriter().utf8("iso6").u32(0);
  for (const brand of brands) writer.utf8(brand);
  return box("ftyp", writer.finish());
}

/** ISO/IEC 14496-12, 8.2.2. */
function movieHeader(timescale: number): Uint8Array {
  const writer = new ByteWriter(96)
    .u32(0) // created
    .u32(0) // modified
    .u32(timescale)
    .u32(0) // duration: in fragments
    .u32(normalRate)
    .u16(fullVolume)
    .bytes(new Uint8Array(10)); // reserved
  matrix(writer).bytes(new Uint8Array(24)); // predefined
  return fullBox("mvhd", 0, 0, writer.u32(trackNumber + 1).finish());
}

function matrix(writer: ByteWriter): ByteWriter {
  for (const value of unityMatrix) writer.u32(value);
  return writer;
}

/** ISO/IEC 14496-12, 8.3.1. */
function trackBox(track: VideoTrack | AudioTrack, timescale: number, entry: Uint8Array): Uint8Array {
  return box(
    "trak",
    trackHeader(track),
    box("mdia", mediaHeader(timescale), handler(track.kind), mediaInfo(track.kind, entry)),
  );
}

/** ISO/IEC 14496-12, 8.3.2. */
function trackHeader(track: VideoTrack | AudioTrack): Uint8Array {
  const writer = new ByteWriter(80)
    .u32(0) // created
    .u32(0) // modified
    .u32(trackNumber)
    .u32(0) // reserved
    .u32(0) // duration
    .u32(0) // reserved
    .u32(0)
    .u16(0) // layer
    .u16(0) // alternate group
    .u16(track.kind === "audio" ? fullVolume : 0)
    .u16(0); // reserved
  const { width, height } = track.kind === "video" ? shownSize(track) : { width: 0, height: 0 };
  matrix(writer).u16(width).u16(0).u16(height).u16(0);
  return fullBox("tkhd", 0, trackFlags, writer.finish());
}

/** In square pixels. */
function shownSize(track: VideoTrack): { width: number; height: number } {
  const { width = 0, height = 0 } = track;
  const [across, down] = pictureDescription(track).pixelAspect ?? [1, 1];
  return { width: Math.min(Math.round((width * across) / down), maxShown), height };
}

/** ISO/IEC 14496-12, 8.4.2. */
function mediaHeader(timescale: number): Uint8Array {
  const fields = new ByteWriter(20)
    .u32(0) // created
    .u32(0) // modified
    .u32(timescale)
    .u32(0) // duration
    .u16(undetermined)
    .u16(0) // predefined
    .finish();
  return fullBox("mdhd", 0, 0, fields);
}

/** ISO/IEC 14496-12, 8.4.3. */
function handler(kind: "video" | "audio"): Uint8Array {
  const fields = new ByteWriter()
    .u32(0) // predefined
    .utf8(kind === "video" ? "vide" : "soun")
    .bytes(new Uint8Array(12)) // reserved
    .u8(0) // name
    .finish();
  return fullBox("hdlr", 0, 0, fields);
}

/** ISO/IEC 14496-12, 8.4.4: the media's own header, where its data is, and empty tables, because all samples are in fragments. */
function mediaInfo(kind: "video" | "audio", entry: Uint8Array): Uint8Array {
  const header = kind === "video" ? fullBox("vmhd", 0, 1, new Uint8Array(8)) : fullBox("smhd", 0, 0, new Uint8Array(4));
  const references = fullBox("dref", 0, 0, count(1), fullBox("url ", 0, selfContained));
  const table = box(
    "stbl",
    fullBox("stsd", 0, 0, count(1), entry),
    fullBox("stts", 0, 0, count(0)),
    fullBox("stsc", 0, 0, count(0)),
    fullBox("stsz", 0, 0, count(0), count(0)),
    fullBox("stco", 0, 0, count(0)),
  );
  return box("minf", header, box("dinf", references), table);
}

function count(value: number): Uint8Array {
  return new ByteWriter(4).u32(value).finish();
}

/** ISO/IEC 14496-12, 8.8.1 and 8.8.3. */
function movieExtends(): Uint8Array {
  const fields = new ByteWriter(20)
    .u32(trackNumber)
    .u32(1) // sample entry
    .u32(0) // duration, size and flags: every fragment has its own
    .u32(0)
    .u32(0)
    .finish();
  return box("mvex", fullBox("trex", 0, 0, fields));
}
