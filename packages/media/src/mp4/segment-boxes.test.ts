import assert from "node:assert/strict";
import test from "node:test";
import { MalformedError } from "../malformed-error.ts";
import { eventMessage, producerReferenceTime, segmentType } from "./segment-boxes.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const code = (expected: string) => (error: unknown) => error instanceof MalformedError && error.code === expected;
const ascii = (text: string) => Buffer.from(text).toString("hex");
const boxed = (type: string, content: string) => {
  const all = ascii(type) + content.replaceAll(" ", "");
  return (all.length / 2 + 4).toString(16).padStart(8, "0") + all;
};

test("a segment begins with its brands", () => {
  assert.equal(hex(segmentType()), boxed("styp", `${ascii("msdh")}00000000${ascii("msdhcmfs")}`));
});

const clocks: { name: string; unixUs: number; ntp: string }[] = [
  { name: "1970", unixUs: 0, ntp: "83aa7e80 00000000" },
  { name: "a half second later", unixUs: 500_000, ntp: "83aa7e80 80000000" },
  { name: "the last microsecond of a second", unixUs: 1_999_999, ntp: "83aa7e81 ffffef39" },
  { name: "2036, when NTP's seconds begin again", unixUs: 2_085_978_496_000_000, ntp: "00000000 00000000" },
];
for (const { name, unixUs, ntp } of clocks) {
  test(`the producer's clock in ${name}`, () => {
    const prft = producerReferenceTime(1, unixUs, 2 ** 33);
    assert.equal(hex(prft), boxed("prft", `01000000 00000001 ${ntp} 0000000200000000`));
  });
}

const event = { scheme: "urn:x", value: "1", timescale: 1000, time: 2 ** 32 + 5, id: 3, data: bytes("abcd") };

test("an event has its time, its texts and its data", () => {
  const [known, unknown] = [eventMessage({ ...event, duration: 200 }), eventMessage(event)];
  const fields = (duration: string) =>
    boxed("emsg", `01000000 000003e8 0000000100000005 ${duration} 00000003 ${ascii("urn:x")}00 ${ascii("1")}00 abcd`);
  assert.equal(hex(known), fields("000000c8"));
  assert.equal(hex(unknown), fields("ffffffff"));
});

test("events that no box can hold are refused", () => {
  assert.throws(() => eventMessage({ ...event, scheme: "a\0b" }), code("mp4/event"));
  assert.throws(() => eventMessage({ ...event, value: "v".repeat(1025) }), code("mp4/event"));
  assert.throws(() => eventMessage({ ...event, data: new Uint8Array(2 ** 20 + 1) }), code("mp4/event"));
  assert.throws(() => eventMessage({ ...event, time: -1 }), code("mp4/time"));
  assert.throws(() => eventMessage({ ...event, duration: 2 ** 32 }), code("mp4/time"));
  assert.throws(() => producerReferenceTime(1, 0.5, 0), code("mp4/time"));
});
