import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { AudioCodec } from "../track.ts";
import { audioFrameSamples } from "./audio-frame-samples.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const samples = (codec: AudioCodec, config: string, data: string) =>
  audioFrameSamples({ kind: "audio", id: 0, codec, config: bytes(config) }, bytes(data));

const byConfig: { name: string; config: string; length: number | undefined }[] = [
  { name: "AAC-LC", config: "1210", length: 1024 },
  { name: "AAC-LC of 960", config: "1214", length: 960 },
  { name: "HE-AAC that says so first", config: "2b118800", length: 2048 },
  { name: "HE-AAC that says so behind", config: "131056e598", length: 2048 },
  { name: "HE-AAC v2", config: "eb098800", length: 2048 },
  { name: "SBR that does not double the rate", config: "119056e598", length: 1024 },
  { name: "AAC-LC that says it is without SBR", config: "121056e500", length: 1024 },
  { name: "AAC-LD", config: "b990", length: 512 },
  { name: "AAC-LD of 480", config: "b994", length: 480 },
  { name: "AAC-ELD", config: "f8e640", length: 512 },
  { name: "xHE-AAC", config: "f9464320", length: 1024 },
  { name: "xHE-AAC with SBR", config: "f9464360", length: 2048 },
  { name: "xHE-AAC of a reserved length", config: "f94643e0", length: undefined },
  { name: "AAC with a broken configuration", config: "12", length: undefined },
];
for (const { name, config, length } of byConfig) {
  test(`a frame of ${name}: ${length} samples`, () => assert.equal(samples("aac", config, "2110"), length));
}

const eac3 = (first: string, blocks: string) => `0b77 ${first}03 ${blocks} 80 0000`;

const byFrame: { name: string; codec: AudioCodec; data: string; length: number | undefined }[] = [
  { name: "SILK, 10 ms", codec: "opus", data: "00", length: 480 },
  { name: "SILK, 60 ms, stereo", codec: "opus", data: "5c", length: 2880 },
  { name: "hybrid, 20 ms", codec: "opus", data: "78", length: 960 },
  { name: "CELT, 2.5 ms", codec: "opus", data: "80", length: 120 },
  { name: "CELT, 20 ms", codec: "opus", data: "fc", length: 960 },
  { name: "two frames of one size", codec: "opus", data: "fd", length: 1920 },
  { name: "two frames of two sizes", codec: "opus", data: "fe", length: 1920 },
  { name: "counted frames", codec: "opus", data: "ff 83", length: 2880 },
  { name: "120 ms", codec: "opus", data: "ff 06", length: 5760 },
  { name: "more than 120 ms", codec: "opus", data: "ff 07", length: undefined },
  { name: "no frames", codec: "opus", data: "ff 00", length: undefined },
  { name: "nothing", codec: "opus", data: "", length: undefined },
  { name: "MPEG-1 layer III", codec: "mp3", data: "fffb9064", length: 1152 },
  { name: "MPEG-2 layer III", codec: "mp3", data: "fff39064", length: 576 },
  { name: "MPEG-2.5 layer III", codec: "mp3", data: "ffe39064", length: 576 },
  { name: "MPEG-1 layer II", codec: "mp3", data: "fffd9064", length: 1152 },
  { name: "MPEG-2 layer II", codec: "mp3", data: "fff59064", length: 1152 },
  { name: "MPEG-1 layer I", codec: "mp3", data: "ffff9064", length: 384 },
  { name: "no MPEG audio", codec: "mp3", data: "00000000", length: undefined },
  { name: "AC-3", codec: "ac3", data: "0b77 0000 1c 40e1", length: 1536 },
  { name: "E-AC-3 of six blocks", codec: "eac3", data: eac3("00", "34"), length: 1536 },
  { name: "E-AC-3 in six frames of a block", codec: "eac3", data: eac3("00", "04").repeat(6), length: 1536 },
  { name: "E-AC-3 with a dependent substream", codec: "eac3", data: eac3("00", "34") + eac3("40", "34"), length: 1536 },
  { name: "E-AC-3 with a second programme", codec: "eac3", data: eac3("00", "34") + eac3("08", "34"), length: 1536 },
  { name: "E-AC-3 of half the rate", codec: "eac3", data: eac3("00", "c4"), length: 1536 },
  { name: "E-AC-3 and padding", codec: "eac3", data: `${eac3("00", "34")} 000000000000`, length: 1536 },
  { name: "no E-AC-3", codec: "eac3", data: "0000000000000000", length: undefined },
  { name: "FLAC, 192", codec: "flac", data: "fff8 1918 00", length: 192 },
  { name: "FLAC, 1152", codec: "flac", data: "fff8 3918 00", length: 1152 },
  { name: "FLAC, 4096", codec: "flac", data: "fff8 c918 00", length: 4096 },
  { name: "FLAC, the size in a byte", codec: "flac", data: "fff8 6918 00 7f", length: 128 },
  {
    name: "FLAC, the size in two bytes behind a long number",
    codec: "flac",
    data: "fff9 7918 c280 0fff",
    length: 4096,
  },
  { name: "FLAC of a reserved size", codec: "flac", data: "fff8 0918 00", length: undefined },
  { name: "no FLAC", codec: "flac", data: "00f8 c918 00", length: undefined },
  { name: "no frame of FLAC, but all are of one size", codec: "flac", data: "", length: 4608 },
  { name: "Speex", codec: "speex", data: "00", length: undefined },
];
const info = "120012000004a30005080ac442f0000022745d105ceb212ad5d36e4f5608def3d8b7";
for (const { name, codec, data, length } of byFrame) {
  test(`${codec}, ${name}: ${length} samples`, () => assert.equal(samples(codec, info, data), length));
}

test("whatever the bytes are, the answer is a length or none", () => {
  const codecs: AudioCodec[] = ["aac", "opus", "mp3", "ac3", "eac3", "flac"];
  const starts = [[], [0x0b, 0x77], [0xff, 0xf8], [0xff, 0xfb]].map((each) => fc.constant(each));
  const bytesOf = fc
    .tuple(fc.oneof(...starts), fc.uint8Array({ maxLength: 40 }))
    .map(([start, rest]) => Uint8Array.from([...start, ...rest]));
  fc.assert(
    fc.property(fc.constantFrom(...codecs), bytesOf, bytesOf, (codec, config, data) => {
      const length = audioFrameSamples({ kind: "audio", id: 0, codec, config }, data);
      assert.ok(length === undefined || (Number.isInteger(length) && length > 0));
    }),
  );
});
