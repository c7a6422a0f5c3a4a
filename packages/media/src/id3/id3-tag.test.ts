import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { MalformedError } from "../malformed-error.ts";
import { type Id3Frame, id3Tag } from "./id3-tag.ts";

const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const ascii = (text: string) => Buffer.from(text).toString("hex");
const code = (expected: string) => (error: unknown) => error instanceof MalformedError && error.code === expected;
const text = (description: string, value: string): Id3Frame => ({ kind: "text", description, value });
const owned = (owner: string, length: number): Id3Frame => ({ kind: "private", owner, data: new Uint8Array(length) });

const cases: { name: string; frames: Id3Frame[]; tag: string }[] = [
  {
    name: "a text",
    frames: [text("a", "bü")],
    tag: `${ascii("ID3")}040000 00000011 ${ascii("TXXX")}00000007 0000 03 ${ascii("a")}00 62c3bc00`,
  },
  {
    name: "an empty text",
    frames: [text("", "")],
    tag: `${ascii("ID3")}040000 0000000d ${ascii("TXXX")}00000003 0000 03 00 00`,
  },
  {
    name: "private bytes",
    frames: [{ kind: "private", owner: "com.example", data: Uint8Array.of(0, 0xff) }],
    tag: `${ascii("ID3")}040000 00000018 ${ascii("PRIV")}0000000e 0000 ${ascii("com.example")}00 00ff`,
  },
  {
    name: "two frames, with sizes of more than seven bits",
    frames: [owned("x", 198), text("k", "v")],
    tag: `${ascii("ID3")}040000 00000161 ${ascii("PRIV")}00000148 0000 ${ascii("x")}00 ${"00".repeat(198)} ${ascii("TXXX")}00000005 0000 03 ${ascii("k")}00${ascii("v")}00`,
  },
];
for (const { name, frames, tag } of cases) {
  test(`${name} as ID3v2.4`, () => assert.equal(hex(id3Tag(frames)), tag.replaceAll(" ", "")));
}

const refused: { name: string; frames: Id3Frame[]; code: string }[] = [
  { name: "no frames", frames: [], code: "id3/frames" },
  { name: "too many frames", frames: Array.from({ length: 65 }, () => text("k", "v")), code: "id3/frames" },
  { name: "a zero in a description", frames: [text("a\0", "")], code: "id3/name" },
  { name: "a zero in a value", frames: [text("a", "\0")], code: "id3/name" },
  { name: "a long description", frames: [text("a".repeat(1025), "")], code: "id3/name" },
  { name: "no owner", frames: [owned("", 1)], code: "id3/name" },
  { name: "an owner that is no Latin", frames: [owned("é", 1)], code: "id3/name" },
  { name: "a long owner", frames: [owned("a".repeat(1025), 1)], code: "id3/name" },
  { name: "more than 1 MiB", frames: [owned("a", 2 ** 20 - 21)], code: "id3/size" },
];
for (const { name, frames, ...expected } of refused) {
  test(`${name} makes no tag`, () => assert.throws(() => id3Tag(frames), code(expected.code)));
}

test("a tag may fill 1 MiB", () => assert.equal(id3Tag([owned("a", 2 ** 20 - 22)]).length, 2 ** 20));

test("no size looks like the start of a frame of sound", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 70_000 }), (length) => {
      const tag = id3Tag([owned("a", length)]);
      assert.ok([...tag.subarray(0, 20)].every((byte) => byte < 0x80));
    }),
  );
});
