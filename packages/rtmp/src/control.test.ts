import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { bytes, hex } from "../testing/chunks.ts";
import {
  abort,
  acknowledgement,
  BandwidthLimit,
  parseUserControl,
  setChunkSize,
  setPeerBandwidth,
  type UserControl,
  userControl,
  windowAckSize,
} from "./control.ts";
import type { Message } from "./message.ts";

const built: { name: string; message: Message; type: number; body: string }[] = [
  { name: "Set Chunk Size", message: setChunkSize(65_536), type: 1, body: "00010000" },
  { name: "Abort", message: abort(6), type: 2, body: "00000006" },
  { name: "Acknowledgement", message: acknowledgement(3073), type: 3, body: "00000c01" },
  { name: "Acknowledgement of more than 2³² bytes", message: acknowledgement(2 ** 32 + 1), type: 3, body: "00000001" },
  { name: "Acknowledgement of very many", message: acknowledgement(2 ** 52 + 2 ** 31), type: 3, body: "80000000" },
  { name: "Window Acknowledgement Size", message: windowAckSize(2_500_000), type: 5, body: "002625a0" },
  {
    name: "Set Peer Bandwidth",
    message: setPeerBandwidth(0xffffffff, BandwidthLimit.dynamic),
    type: 6,
    body: "ffffffff 02",
  },
];
for (const { name, message, type, body } of built) {
  test(`${name} is sent on the connection, at time 0`, () =>
    assert.deepEqual(message, { type, streamId: 0, timestampMs: 0, body: bytes(body) }));
}

const events: { event: UserControl; body: string }[] = [
  { event: { kind: "stream begin", streamId: 1 }, body: "0000 00000001" },
  { event: { kind: "stream eof", streamId: 0xffffffff }, body: "0001 ffffffff" },
  { event: { kind: "stream dry", streamId: 3 }, body: "0002 00000003" },
  { event: { kind: "set buffer length", streamId: 1, milliseconds: 3000 }, body: "0003 00000001 00000bb8" },
  { event: { kind: "stream is recorded", streamId: 1 }, body: "0004 00000001" },
  { event: { kind: "ping request", timestamp: 0xfffffffe }, body: "0006 fffffffe" },
  { event: { kind: "ping response", timestamp: 0 }, body: "0007 00000000" },
  { event: { kind: "buffer empty", streamId: 1 }, body: "001f 00000001" },
  { event: { kind: "buffer ready", streamId: 1 }, body: "0020 00000001" },
];
for (const { event, body } of events) {
  test(`${event.kind} is written`, () => {
    const message = userControl(event);
    assert.deepEqual([message.type, hex(message.body)], [4, body.replaceAll(" ", "")]);
  });
  test(`${event.kind} is read, and what follows it is ignored`, () => {
    assert.deepEqual(parseUserControl(bytes(body)), event);
    assert.deepEqual(parseUserControl(bytes(`${body} ffff`)), event);
  });
  test(`${event.kind} that is too short is nothing`, () => {
    const wire = bytes(body);
    for (let length = 0; length < wire.length; length++)
      assert.equal(parseUserControl(wire.subarray(0, length)), undefined);
  });
}

const unknown = [
  { name: "type 5", body: "0005 00000001" },
  { name: "a SWF verification request", body: "001a 0000000000000000" },
  { name: "a SWF verification response", body: `001b ${"00".repeat(42)}` },
  { name: "the last type", body: "ffff 00000001" },
];
for (const { name, body } of unknown)
  test(`${name} of user control is nothing`, () => assert.equal(parseUserControl(bytes(body)), undefined));

test("any bytes are an event that is written again as it was read, or nothing", () => {
  const type = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 26, 31, 32, 33);
  fc.assert(
    fc.property(type, fc.uint8Array({ maxLength: 12 }), (kind, rest) => {
      const body = Uint8Array.from([0, kind, ...rest]);
      const event = parseUserControl(body);
      if (!event) return;
      const again = userControl(event).body;
      assert.deepEqual(again, body.subarray(0, again.length));
    }),
  );
});
