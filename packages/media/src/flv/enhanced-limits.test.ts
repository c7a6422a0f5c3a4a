import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { encodeAmf0 } from "../amf/amf0.ts";
import { MalformedError } from "../malformed-error.ts";
import { flvBody } from "./body.ts";
import { FlvDemuxer } from "./demuxer.ts";
import { flvForm } from "./form.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

const avcC = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
const hvcC =
  "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089";
const avc = "000000166588840bfffffc3d147c9c9c9d75d75d75d75d75d75e";
const hdr = hex(
  encodeAmf0("colorInfo", { colorConfig: { bitDepth: 10, colorPrimaries: 9, transferCharacteristics: 16 } }),
);
const HEVC = `90 68766331 ${hvcC}`;
const AVC = `17 00 000000 ${avcC}`;
const exact = flvForm({ multitrack: true, modEx: true });

test("any bytes behind any head make packets or, at the eighth in a row, a MalformedError", () => {
  const head = fc.constantFrom(
    "90",
    "91",
    "92",
    "93",
    "94",
    "95",
    "96",
    "97",
    "9601",
    "9611",
    "9621",
    "9511",
    "d4",
    "8604",
  );
  const code = fc.constantFrom("68766331", "61766331", "61763031", "76703039", "4f707573", "6d703461", "664c6143", "");
  const message = fc.tuple(fc.constantFrom(8, 9), head, code, fc.uint8Array({ maxLength: 60 }));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
      const demuxer = new FlvDemuxer((packet) => void flvBody(packet, exact));
      try {
        for (const [type, first, fourCc, rest] of messages)
          demuxer.tag(type, 0, new Uint8Array([...bytes(first + fourCc), ...rest]));
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

const limits: { name: string; type: 8 | 9; messages: string[]; tracks: number; skipped: number }[] = [
  {
    name: "sixteen tracks of a kind, and no more",
    type: 8,
    messages: Array.from({ length: 20 }, (_, id) => `95 00 6d703461 ${id.toString(16).padStart(2, "0")} 1210`),
    tracks: 16,
    skipped: 4,
  },
  {
    name: "sixteen tracks in a message, and no more",
    type: 8,
    messages: [
      `95 10 6d703461 ${Array.from({ length: 20 }, (_, id) => `${id.toString(16).padStart(2, "0")} 000002 1210`).join("")}`,
    ],
    tracks: 16,
    skipped: 1,
  },
  {
    name: "a track that is in a message twice is read once",
    type: 8,
    messages: ["95 10 6d703461 00 000002 1210 00 000002 1188"],
    tracks: 1,
    skipped: 1,
  },
  { name: "a message in a message", type: 9, messages: ["96 06 61766331 01 00"], tracks: 0, skipped: 1 },
  { name: "a modifier in a message", type: 9, messages: ["96 07 61766331 01 00"], tracks: 0, skipped: 1 },
  { name: "a reserved kind of message", type: 9, messages: ["96 31 61766331 01 00"], tracks: 0, skipped: 1 },
  {
    name: "sixteen modifiers",
    type: 9,
    messages: [`97 ${"02 000000 07".repeat(15)} 02 000000 00 61766331 ${avcC}`],
    tracks: 1,
    skipped: 0,
  },
  {
    name: "a seventeenth",
    type: 9,
    messages: [`97 ${"02 000000 07".repeat(16)} 02 000000 00 61766331 ${avcC}`],
    tracks: 0,
    skipped: 1,
  },
  {
    name: "an offset of more than a millisecond is none",
    type: 8,
    messages: [`97 02 ffffff 00 6d703461 1210`],
    tracks: 1,
    skipped: 0,
  },
  {
    name: "colours of tracks that never come",
    type: 9,
    messages: Array.from({ length: 40 }, (_, id) => `86 04 68766331 ${id.toString(16).padStart(2, "0")} ${hdr}`),
    tracks: 0,
    skipped: 24,
  },
  {
    name: "colours that cannot be read",
    type: 9,
    messages: [HEVC, "d4 68766331 020009636f6c6f72"],
    tracks: 1,
    skipped: 1,
  },
];
for (const { name, type, messages, tracks, skipped } of limits) {
  test(`limit: ${name}`, () => {
    const demuxer = new FlvDemuxer(() => {});
    for (const each of messages) demuxer.tag(type, 0, bytes(each));
    assert.equal(demuxer.tracks.length, tracks);
    assert.equal(demuxer.skipped, skipped);
  });
}

test("the default track in legacy words and the same one wrapped are one track", () => {
  const seen: string[] = [];
  const demuxer = new FlvDemuxer(({ kind, track }) => void seen.push(`${kind} ${track.kind}${track.id}`));
  for (const each of [AVC, `96 00 61766331 00 ${avcC}`, `17 01 000000 ${avc}`, `96 01 61766331 00 000000 ${avc}`])
    demuxer.tag(9, 0, bytes(each));
  assert.deepEqual(seen, ["config video0", "frame video0", "frame video0"]);
});
