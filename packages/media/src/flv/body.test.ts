import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { describeAudio, describeVideo } from "../codecs/describe.ts";
import type { Packet } from "../packet.ts";
import type { AudioTrack, VideoTrack } from "../track.ts";
import { flvBody, flvTimeMs } from "./body.ts";
import { FlvDemuxer } from "./demuxer.ts";
import { type FlvForm, flvForm, usualForm } from "./form.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

const avcC = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
const hvcC =
  "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089";
const info = "120012000004a30005080ac442f0000022745d105ceb212ad5d36e4f5608def3d8b7";
const av1C = "812400000a0e20000024cfa70dbfff3404340080";

const h264 = (id: number) => describeVideo(id, "h264", bytes(avcC));
const hevc = (id: number) => describeVideo(id, "hevc", bytes(hvcC));
const av1 = (id: number) => describeVideo(id, "av1", bytes(av1C));
const aac = (id: number) => describeAudio(id, "aac", bytes("1210"));
const many = flvForm({ multitrack: true });
const exact = flvForm({ multitrack: true, modEx: true });
const old = flvForm({ legacyHevc: true });
const plain = flvForm({ metadata: false });

function packet(track: VideoTrack | AudioTrack, parts: Partial<Packet> = {}): Packet {
  const dtsUs = parts.dtsUs ?? 40_000;
  return { kind: "frame", track, dtsUs, ptsUs: dtsUs, keyframe: true, data: bytes("0000000165"), ...parts };
}

const unit = "0000000165";
const metadata = "020009636f6c6f72496e666f06";
const cases: { name: string; packet: Packet; form?: FlvForm; wire: string | undefined }[] = [
  { name: "H.264, as ever", packet: packet(h264(0)), form: exact, wire: `17 01 000000 ${unit}` },
  { name: "H.264 of another track, which nobody asked for", packet: packet(h264(1)), wire: undefined },
  { name: "E12", packet: packet(h264(1), { kind: "config" }), form: many, wire: `96 00 61766331 01 ${avcC}` },
  {
    name: "E13, shown later",
    packet: packet(h264(1), { ptsUs: 80_000 }),
    form: many,
    wire: `96 01 61766331 01 000028 ${unit}`,
  },
  { name: "E13, shown at once", packet: packet(h264(1)), form: many, wire: `96 03 61766331 01 ${unit}` },
  { name: "wrapped end", packet: packet(h264(1), { kind: "end" }), form: many, wire: "96 02 61766331 01" },
  {
    name: "E16",
    packet: packet(hevc(0), { ptsUs: 40_800 }),
    form: exact,
    wire: `97 02 0c3500 03 68766331 ${unit}`,
  },
  {
    name: "E16 with a composition time below 0",
    packet: packet(hevc(0), { ptsUs: 38_800, keyframe: false }),
    form: exact,
    wire: `a7 02 0c3500 01 68766331 fffffe ${unit}`,
  },
  {
    name: "E19",
    packet: packet(h264(1), { ptsUs: 41_800 }),
    form: exact,
    wire: `97 02 0c3500 06 01 61766331 01 000001 ${unit}`,
  },
  {
    name: "H.264 below the millisecond, which the legacy form cannot say",
    packet: packet(h264(0), { ptsUs: 40_001 }),
    form: exact,
    wire: `97 02 0003e8 03 61766331 ${unit}`,
  },
  {
    name: "a time below the millisecond for who did not ask for it",
    packet: packet(hevc(0), { ptsUs: 40_800 }),
    wire: `91 68766331 000001 ${unit}`,
  },
  {
    name: "a configuration has no time to be exact about",
    packet: packet(hevc(0), { kind: "config", dtsUs: 40_300, ptsUs: 40_300 }),
    form: exact,
    wire: `90 68766331 ${hvcC}`,
  },
  { name: "unofficial HEVC", packet: packet(hevc(0)), form: old, wire: `1c 01 000000 ${unit}` },
  {
    name: "unofficial HEVC's configuration",
    packet: packet(hevc(0), { kind: "config" }),
    form: old,
    wire: `1c 00 000000 ${hvcC}`,
  },
  { name: "unofficial HEVC's end", packet: packet(hevc(0), { kind: "end" }), form: old, wire: "1c 02 000000" },
  {
    name: "HEVC for who does not take it",
    packet: packet(hevc(0)),
    form: flvForm({ video: new Set(["h264"]) }),
    wire: undefined,
  },
  { name: "VP8", packet: packet(describeVideo(0, "vp8", bytes(""))), wire: `91 76703038 ${unit}` },
  { name: "VVC", packet: packet(describeVideo(0, "vvc", bytes("fe00"))), wire: `93 76766331 ${unit}` },
  {
    name: "VVC, shown later",
    packet: packet(describeVideo(0, "vvc", bytes("fe00")), { ptsUs: 80_000, keyframe: false }),
    wire: `a1 76766331 000028 ${unit}`,
  },
  {
    name: "VP6 of another track, for which there is no word",
    packet: packet(describeVideo(1, "vp6", bytes(""))),
    form: many,
    wire: undefined,
  },
  { name: "E20 in legacy words", packet: packet(h264(0), { kind: "extra", data: bytes("d100") }), wire: "57 00" },
  { name: "E20", packet: packet(hevc(0), { kind: "extra", data: bytes("d101") }), wire: "d1 01" },
  {
    name: "E10",
    packet: packet(av1(0), { kind: "extra", data: bytes(`d461763031${metadata}`) }),
    wire: `d4 61763031 ${metadata}`,
  },
  {
    name: "E10 for who does not take it",
    packet: packet(av1(0), { kind: "extra", data: bytes(`d461763031${metadata}`) }),
    form: plain,
    wire: undefined,
  },
  {
    name: "E10 for who has no enhanced words",
    packet: packet(hevc(0), { kind: "extra", data: bytes(`d468766331${metadata}`) }),
    form: old,
    wire: undefined,
  },
  {
    name: "E11 of another track",
    packet: packet(hevc(1), { kind: "extra", data: bytes(`d468766331${metadata}`) }),
    form: many,
    wire: `86 04 68766331 01 ${metadata}`,
  },
  { name: "AAC, as ever", packet: packet(aac(0)), form: exact, wire: `af 01 ${unit}` },
  {
    name: "AAC below the millisecond",
    packet: packet(aac(0), { dtsUs: 21_333, ptsUs: 21_333 }),
    form: exact,
    wire: `97 02 0514c8 01 6d703461 ${unit}`,
  },
  {
    name: "E24, configuration",
    packet: packet(aac(1), { kind: "config" }),
    form: many,
    wire: "95 00 6d703461 01 1210",
  },
  { name: "E24, frame", packet: packet(aac(1)), form: many, wire: `95 01 6d703461 01 ${unit}` },
  {
    name: "E26",
    packet: packet(describeAudio(0, "flac", bytes(info)), { kind: "config" }),
    wire: `90 664c6143 664c6143 80000022 ${info}`,
  },
  { name: "E27 of another track", packet: packet(aac(2), { kind: "end" }), form: many, wire: "95 02 6d703461 02" },
  {
    name: "MP3 of another track has no configuration",
    packet: packet(describeAudio(1, "mp3", bytes("2f")), { kind: "config" }),
    form: many,
    wire: "95 00 2e6d7033 01",
  },
  {
    name: "AC-3 has no configuration either",
    packet: packet(describeAudio(0, "ac3", bytes("101140")), { kind: "config" }),
    wire: "90 61632d33",
  },
  { name: "E-AC-3", packet: packet(describeAudio(0, "eac3", bytes(""))), wire: `91 65632d33 ${unit}` },
  { name: "MP3", packet: packet(describeAudio(0, "mp3", bytes("2f"))), form: many, wire: `2f ${unit}` },
  {
    name: "Speex of another track, for which there is no word",
    packet: packet(describeAudio(1, "speex", bytes("b2"))),
    form: many,
    wire: undefined,
  },
  {
    name: "Opus for who does not take it",
    packet: packet(describeAudio(0, "opus", bytes(""))),
    form: flvForm({ audio: new Set(["aac"]) }),
    wire: undefined,
  },
];
for (const { name, packet, form = usualForm, wire } of cases) {
  test(`${name}: ${wire?.slice(0, 32) ?? "nothing"}`, () => {
    const body = flvBody(packet, form);
    assert.equal(body && hex(body.head) + hex(body.data), wire?.replaceAll(" ", ""));
  });
}

/** What a reader of the wire makes of the packets, whose sender uses the form. */
function heard(packets: readonly Packet[], form: FlvForm): Packet[] {
  const seen: Packet[] = [];
  const demuxer = new FlvDemuxer((each) => void (each.kind === "frame" && seen.push(each)));
  for (const each of packets) {
    const body = flvBody(each, form);
    if (body) demuxer.tag(body.type, flvTimeMs(each, form), new Uint8Array([...body.head, ...body.data]));
  }
  return seen;
}

const tracks = [h264(0), h264(3), hevc(0), hevc(1), av1(0), av1(2), aac(0), aac(1)];
for (const track of tracks) {
  test(`${track.codec} ${track.id}: an exact form keeps the time of showing to the microsecond, the usual one to the millisecond`, () => {
    const composed = track.codec === "h264" || track.codec === "hevc";
    fc.assert(
      fc.property(fc.nat(2 ** 34), fc.integer({ min: -2_000_000, max: 2_000_000 }), (dtsUs, laterUs) => {
        const ptsUs = composed ? dtsUs + laterUs : dtsUs + (Math.abs(laterUs) % 1000);
        const packets = [
          packet(track, { kind: "config", dtsUs, ptsUs: dtsUs }),
          packet(track, { dtsUs, ptsUs, data: bytes("0000000165") }),
        ];
        for (const [form, slackUs] of [[exact, 0] as const, [many, 500] as const]) {
          const [seen] = heard(packets, form);
          assert.ok(seen);
          const expected = composed || form === exact ? ptsUs : dtsUs;
          assert.ok(Math.abs(seen.ptsUs - expected) <= slackUs, `${seen.ptsUs} for ${ptsUs}`);
          assert.ok(Math.abs(seen.dtsUs - dtsUs) <= 1999);
        }
      }),
    );
  });
}
