import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { parseFlacConfig } from "../codecs/flac.ts";
import { opusRate, parseOpusHead } from "../codecs/opus.ts";
import type { AudioTrack } from "../track.ts";
import { box, fullBox } from "./box.ts";

/** ISO/IEC 14496-1, table 5: AAC, and MP3 of MPEG-1's and MPEG-2's sample rates. */
const ObjectType = { aac: 0x40, mp3: 0x6b, mp3LowRate: 0x69 } as const;
const highestLowRate = 24_000;
/** ISO/IEC 14496-1, 7.2.2.1. */
const Descriptor = { elementaryStream: 3, decoderConfig: 4, decoderSpecific: 5, syncLayer: 6 } as const;
const audioStream = 0x15;
const syncLayerOfMp4 = 2;
const flacMarker = 4;
const opusMagic = 8;

/** AudioSampleEntry with the codec's own box (ISO/IEC 14496-12, 12.2.3); undefined for a codec that has none. */
export function audioEntry(track: AudioTrack): Uint8Array | undefined {
  switch (track.codec) {
    case "aac":
      return entry("mp4a", track, elementaryStream(ObjectType.aac, track.config));
    case "mp3":
      return entry("mp4a", track, elementaryStream(mp3Type(track), new Uint8Array()));
    case "opus":
      return entry("Opus", { ...track, sampleRate: opusRate }, box("dOps", opusBox(track.config)));
    case "flac":
      return flacEntry(track);
    case "ac3":
      return entry("ac-3", track, box("dac3", track.config)); // ETSI TS 102 366, F.3
    case "eac3":
      return entry("ec-3", track, box("dec3", track.config)); // ETSI TS 102 366, F.5
    default:
      return undefined;
  }
}

/** FLAC in ISOBMFF, 3.3.2: the metadata blocks without their marker. Chromium refuses an entry whose sample size is not STREAMINFO's. */
function flacEntry(track: AudioTrack): Uint8Array {
  const { canonical, bitDepth } = parseFlacConfig(track.config);
  return entry("fLaC", track, fullBox("dfLa", 0, 0, canonical.subarray(flacMarker)), bitDepth);
}

/** The rate has 16 bits before the point. A higher one is only in the codec's own box. */
function entry(type: string, { channels = 2, sampleRate = 0 }: AudioTrack, own: Uint8Array, bits = 16): Uint8Array {
  const fields = new ByteWriter(28)
    .bytes(new Uint8Array(6)) // reserved
    .u16(1) // data reference
    .bytes(new Uint8Array(8)) // reserved
    .u16(channels)
    .u16(bits)
    .u32(0) // predefined, reserved
    .u16(sampleRate > 0xffff ? 0 : sampleRate)
    .u16(0)
    .finish();
  return box(type, fields, own);
}

function mp3Type({ sampleRate = 0 }: AudioTrack): number {
  return sampleRate > highestLowRate ? ObjectType.mp3 : ObjectType.mp3LowRate;
}

/** esds (ISO/IEC 14496-14, 6.7.2). */
function elementaryStream(objectType: number, config: Uint8Array): Uint8Array {
  const specific = config.length === 0 ? config : descriptor(Descriptor.decoderSpecific, config);
  const decoder = new ByteWriter(13 + specific.length)
    .u8(objectType)
    .u8(audioStream)
    .u24(0) // buffer, highest and average bit rate: unknown
    .u32(0)
    .u32(0)
    .bytes(specific)
    .finish();
  const stream = new ByteWriter()
    .u16(0) // the track says which
    .u8(0)
    .bytes(descriptor(Descriptor.decoderConfig, decoder))
    .bytes(descriptor(Descriptor.syncLayer, Uint8Array.of(syncLayerOfMp4)))
    .finish();
  return fullBox("esds", 0, 0, descriptor(Descriptor.elementaryStream, stream));
}

/** ISO/IEC 14496-1, 8.3.3: the size in seven bits a byte. Four bytes always, as everybody writes it. */
function descriptor(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  return new ByteWriter(5 + length)
    .u8(tag)
    .u8(0x80 | (length >>> 21))
    .u8(0x80 | (length >>> 14))
    .u8(0x80 | (length >>> 7))
    .u8(length & 0x7f)
    .bytes(content)
    .finish();
}

/** dOps (Opus in ISOBMFF, 4.3.2): what an OpusHead says (RFC 7845, 5.1), big-endian and of version 0. */
function opusBox(head: Uint8Array): Uint8Array {
  const { channels } = parseOpusHead(head);
  const reader = new ByteReader(head);
  reader.skip(opusMagic + 2);
  const little = () => reader.u8() + reader.u8() * 256;
  const preSkip = little();
  const inputRate = reader.u32le();
  return new ByteWriter(head.length)
    .u8(0)
    .u8(channels)
    .u16(preSkip)
    .u32(inputRate)
    .u16(little()) // gain
    .bytes(reader.bytes()) // mapping family and table
    .finish();
}
