import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { encodeAmf0 } from "../amf/amf0.ts";
import type { Packet } from "../packet.ts";
import { flvBody, flvTimeMs } from "./body.ts";
import { FlvDemuxer } from "./demuxer.ts";
import { type FlvForm, flvForm, usualForm } from "./form.ts";
import { FlvReader } from "./reader.ts";
import { flvHeader, flvTag } from "./tag.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

const avcC = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
const hvcC =
  "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089";
const av1C = "812400000a0e20000024cfa70dbfff3404340080";
const sequenceHeader = "0a0e20000024cfa70dbfff3404340080";
const avc = "000000166588840bfffffc3d147c9c9c9d75d75d75d75d75d75e";
const key = "000000092801ac760d9091d238";
const inter = "000000090201d0097883b0a098";
const aac = "211004608c1c";
const info = "120012000004a30005080ac442f0000022745d105ceb212ad5d36e4f5608def3d8b7";
const opusHead = "4f707573486561640102380180bb0000000000";
const hdr = hex(
  encodeAmf0("colorInfo", { colorConfig: { bitDepth: 10, colorPrimaries: 9, transferCharacteristics: 16 } }),
);
const sdr = hex(encodeAmf0("colorInfo", undefined));
const matrix =
  "020009636f6c6f72496e666f03000b636f6c6f72436f6e66696703 00126d6174726978436f656666696369656e7473000000000000000000 000009 000009";

const HEVC = `90 68766331 ${hvcC}`;
const AVC = `17 00 000000 ${avcC}`;
const AVC1 = `96 00 61766331 01 ${avcC}`;
const HEVC1 = `96 00 68766331 01 ${hvcC}`;
const AAC = "af 00 1210";
const AAC1 = "95 00 6d703461 01 1210";
const many = flvForm({ multitrack: true });
const exact = flvForm({ multitrack: true, modEx: true });

/** What a message means, and the same in the words that we have for it: one message for each packet. */
type Case = { name: string; before?: string[]; body: string; form?: FlvForm; wire: string[] };

const video: Case[] = [
  { name: "E1", body: HEVC, wire: [HEVC] },
  { name: "E2", before: [HEVC], body: `91 68766331 000000 ${key}`, wire: [`93 68766331 ${key}`] },
  { name: "E3", before: [HEVC], body: `93 68766331 ${key}`, wire: [`93 68766331 ${key}`] },
  { name: "E4", before: [HEVC], body: `a1 68766331 000028 ${inter}`, wire: [`a1 68766331 000028 ${inter}`] },
  { name: "E5", before: [HEVC], body: `a1 68766331 ffffd8 ${inter}`, wire: [`a1 68766331 ffffd8 ${inter}`] },
  { name: "E6", before: [HEVC], body: "92 68766331", wire: ["92 68766331"] },
  { name: "E7", body: "90 61763031", wire: [] },
  {
    name: "E7, then a keyframe that brings the configuration",
    before: ["90 61763031"],
    body: `91 61763031 1200 ${sequenceHeader} 3000`,
    wire: [`90 61763031 81240000 ${sequenceHeader}`, `91 61763031 1200 ${sequenceHeader} 3000`],
  },
  { name: "E8", body: `90 61763031 ${av1C}`, wire: [`90 61763031 ${av1C}`] },
  {
    name: "E9",
    before: [`90 61763031 ${av1C}`],
    body: "91 61763031 12000a0e",
    wire: ["91 61763031 12000a0e"],
  },
  {
    name: "E10",
    before: [`90 61763031 ${av1C}`],
    body: `d4 61763031 ${matrix}`,
    wire: [`90 61763031 ${av1C}`, `d4 61763031 ${matrix}`],
  },
  { name: "E11", before: [HEVC], body: `84 68766331 ${hdr}`, wire: [HEVC, `d4 68766331 ${hdr}`] },
  { name: "E11, before its track", before: [`84 68766331 ${hdr}`], body: HEVC, wire: [HEVC, `d4 68766331 ${hdr}`] },
  {
    name: "E11, of another track",
    before: [HEVC1],
    body: `86 04 68766331 01 ${hdr}`,
    form: many,
    wire: [HEVC1, `86 04 68766331 01 ${hdr}`],
  },
  {
    name: "E11, taken back",
    before: [HEVC, `84 68766331 ${hdr}`],
    body: `84 68766331 ${sdr}`,
    wire: [HEVC, `d4 68766331 ${sdr}`],
  },
  { name: "E11, of FFmpeg 8's other track", before: [AVC], body: `d4 68766331 ${hdr}`, wire: [] },
  { name: "E12", body: AVC1, form: many, wire: [AVC1] },
  { name: "E12 for others", body: AVC1, wire: [] },
  {
    name: "E13",
    before: [AVC1],
    body: `96 01 61766331 01 000000 ${avc}`,
    form: many,
    wire: [`96 03 61766331 01 ${avc}`],
  },
  {
    name: "E14",
    before: [AVC, AVC1],
    body: `96 11 61766331 00 00001d 000000 ${avc} 01 00001d 000000 ${avc}`,
    form: many,
    wire: [`17 01 000000 ${avc}`, `96 03 61766331 01 ${avc}`],
  },
  {
    name: "E15",
    before: [AVC, HEVC1],
    body: `96 21 61766331 00 00001d 000000 ${avc} 68766331 01 000010 000000 ${key}`,
    form: many,
    wire: [`17 01 000000 ${avc}`, `96 03 68766331 01 ${key}`],
  },
  {
    name: "E16",
    before: [HEVC],
    body: `97 02 0c3500 01 68766331 000000 ${key}`,
    form: exact,
    wire: [`97 02 0c3500 03 68766331 ${key}`],
  },
  {
    name: "E17",
    before: [HEVC],
    body: `97 02 000001 07 02 000002 01 68766331 000000 ${key}`,
    form: exact,
    wire: [`93 68766331 ${key}`],
  },
  {
    name: "E18",
    before: [HEVC],
    body: `97 ff 0100 ${"00".repeat(257)} 11 68766331 000000 ${key}`,
    form: exact,
    wire: [`93 68766331 ${key}`],
  },
  {
    name: "E19",
    before: [AVC1],
    body: `97 02 0c3500 06 01 61766331 01 000000 ${avc}`,
    form: exact,
    wire: [`97 02 0c3500 06 03 61766331 01 ${avc}`],
  },
  { name: "E20", before: [HEVC], body: "d1 00", wire: ["d1 00"] },
  { name: "E20, wrapped", before: [HEVC], body: "d6 01", wire: ["d1 01"] },
  { name: "E20, of legacy video", before: [AVC], body: "d1 01", wire: ["57 01"] },
  {
    name: "unofficial HEVC",
    body: `1c 00 000000 ${hvcC}`,
    form: flvForm({ legacyHevc: true }),
    wire: [`1c 00 000000 ${hvcC}`],
  },
  {
    name: "a descriptor of MPEG-2 TS, then a keyframe that brings the configuration",
    before: ["95 61763031 8004 81240c00"],
    body: `91 61763031 ${sequenceHeader} 3000`,
    wire: [`90 61763031 81240000 ${sequenceHeader}`, `91 61763031 ${sequenceHeader} 3000`],
  },
  { name: "the same sequence again after its end", before: [HEVC, "92 68766331"], body: HEVC, wire: [HEVC] },
  { name: "VP8 without a configuration", body: "90 76703038", wire: ["90 76703038"] },
];

const audio: Case[] = [
  { name: "E21", body: `90 4f707573 ${opusHead}`, wire: [`90 4f707573 ${opusHead}`] },
  { name: "E22", before: [`90 4f707573 ${opusHead}`], body: "91 4f707573 f8fffe", wire: ["91 4f707573 f8fffe"] },
  {
    name: "E23",
    before: [`90 4f707573 ${opusHead}`],
    body: "94 4f707573 01 02 00000003",
    form: exact,
    wire: [`90 4f707573 ${opusHead}`, "94 4f707573 01 02 00000003"],
  },
  {
    name: "E23 for who has announced nothing",
    before: [`90 4f707573 ${opusHead}`],
    body: "94 4f707573 01 02 00000003",
    wire: [`90 4f707573 ${opusHead}`],
  },
  {
    name: "E23, speaker by speaker, of another track",
    before: [AAC1],
    body: "95 04 6d703461 01 02 03 0001fe",
    form: many,
    wire: [AAC1, "95 04 6d703461 01 02 03 0001fe"],
  },
  { name: "E23, of a kind that is reserved", before: [AAC], body: "94 6d703461 03 02", form: many, wire: [] },
  { name: "E24, configuration", body: AAC1, form: many, wire: [AAC1] },
  {
    name: "E24, frame",
    before: [AAC1],
    body: `95 01 6d703461 01 ${aac}`,
    form: many,
    wire: [`95 01 6d703461 01 ${aac}`],
  },
  {
    name: "E25",
    before: [AAC, AAC1],
    body: `95 11 6d703461 00 000006 ${aac} 01 000006 ${aac}`,
    form: many,
    wire: [`af 01 ${aac}`, `95 01 6d703461 01 ${aac}`],
  },
  {
    name: "E26",
    body: `90 664c6143 664c6143 80000022 ${info}`,
    wire: [`90 664c6143 664c6143 80000022 ${info}`],
  },
  { name: "E26 of FFmpeg 8", body: `90 664c6143 ${info}`, wire: [`90 664c6143 664c6143 80000022 ${info}`] },
  { name: "E27", before: [AAC1], body: "95 02 6d703461 01", form: many, wire: ["95 02 6d703461 01"] },
  {
    name: "AC-3",
    before: ["90 61632d33"],
    body: "91 61632d33 0b77fe95144043e1",
    wire: ["90 61632d33", "91 61632d33 0b77fe95144043e1"],
  },
  {
    name: "MP3 by its FourCC",
    before: ["91 2e6d7033 fffb9064"],
    body: "91 2e6d7033 fffb9064",
    wire: ["2f fffb9064"],
  },
  {
    name: "AAC with an offset",
    before: [AAC],
    body: `97 02 0c3500 01 6d703461 ${aac}`,
    form: exact,
    wire: [`97 02 0c3500 01 6d703461 ${aac}`],
  },
];

const kinds: [type: 8 | 9, cases: Case[]][] = [
  [9, video],
  [8, audio],
];
const time = 40;

/** The packets that a message makes after those before it. */
function packetsOf(type: number, before: readonly string[], body: Uint8Array): { packets: Packet[]; skipped: number } {
  let packets: Packet[] = [];
  const demuxer = new FlvDemuxer((packet) => void packets.push(packet));
  for (const each of before) demuxer.tag(type, 0, bytes(each));
  packets = [];
  demuxer.tag(type, time, body);
  return { packets, skipped: demuxer.skipped };
}

for (const [type, cases] of kinds) {
  for (const { name, before = [], body, form = usualForm, wire } of cases) {
    test(`${type === 9 ? "video" : "audio"} ${name}: what comes in goes out again`, () => {
      const { packets } = packetsOf(type, before, bytes(body));
      const sent = packets.map((packet) => flvBody(packet, form));
      assert.deepEqual(
        sent.flatMap((each) => (each ? [hex(each.head) + hex(each.data)] : [])),
        wire.map((each) => each.replaceAll(" ", "")),
      );
    });
  }
}

test("what is sent is read as the same again", () => {
  for (const [type, cases] of kinds) {
    for (const { name, before = [], body, form = usualForm } of cases) {
      const all: Packet[] = [];
      const demuxer = new FlvDemuxer((packet) => void all.push(packet));
      for (const each of [...before, body]) demuxer.tag(type, time, bytes(each));
      const again: Packet[] = [];
      const reader = new FlvDemuxer((packet) => void again.push(packet));
      for (const packet of all) {
        const sent = flvBody(packet, form);
        if (sent) reader.tag(sent.type, flvTimeMs(packet, form), new Uint8Array([...sent.head, ...sent.data]));
      }
      const frames = (packets: Packet[]) =>
        packets
          .filter(({ kind, track }) => kind === "frame" && (form.multitrack || track.id === 0))
          .map(({ track, ptsUs, keyframe, data }) => [track.codec, track.id, ptsUs, keyframe, hex(data)]);
      assert.deepEqual(frames(again), frames(all), name);
    }
  }
});

/** Every prefix, and every byte with each of its bits changed and with some that mean much. */
function* breakages(wire: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < wire.length; at++) {
    yield wire.subarray(0, at);
    const byte = wire[at] ?? 0;
    for (let bit = 1; bit < 256; bit *= 2) yield wire.with(at, byte ^ bit);
    for (const value of [0x00, 0x07, 0x16, 0x26, 0x97, 0xff]) yield wire.with(at, value);
  }
}

test("a message that is cut off or changed anywhere makes packets or is skipped, and what it makes can be sent", () => {
  let count = 0;
  for (const [type, cases] of kinds) {
    for (const { before = [], body } of cases) {
      for (const broken of breakages(bytes(body).subarray(0, 80))) {
        const { packets } = packetsOf(type, before, broken);
        for (const packet of packets) for (const form of [usualForm, exact]) flvBody(packet, form);
        count++;
      }
    }
  }
  assert.ok(count > 20_000, `${count}`);
});

test("all of it as a file gives the same packets however it is cut", () => {
  const tags = kinds.flatMap(([type, cases]) =>
    cases.flatMap(({ before = [], body }) => [...before, body].map((each) => ({ type, body: bytes(each) }))),
  );
  const file = Buffer.concat([
    flvHeader({ audio: true, video: true }),
    ...tags.map(({ type, body }, index) => flvTag(type, index * 10, body, new Uint8Array())),
  ]);
  const read = (cuts: readonly number[]) => {
    const seen: Packet[] = [];
    const demuxer = new FlvDemuxer((packet) => void seen.push(packet));
    const reader = new FlvReader(({ type, timestampMs, body }) => demuxer.tag(type, timestampMs, body));
    const edges = [0, ...[...cuts].sort((a, b) => a - b), file.length];
    edges.slice(1).forEach((edge, index) => void reader.push(file.subarray(edges[index], edge)));
    return seen.map(({ kind, track, ptsUs, data }) => `${kind} ${track.codec} ${track.id} ${ptsUs} ${hex(data)}`);
  };
  const whole = read([]);
  assert.ok(whole.length > tags.length / 2);
  fc.assert(
    fc.property(fc.array(fc.nat(file.length), { maxLength: 40 }), (cuts) => assert.deepEqual(read(cuts), whole)),
    { numRuns: 50 },
  );
});
