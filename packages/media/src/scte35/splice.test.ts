import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { MalformedError } from "../malformed-error.ts";
import { parseSplice } from "./splice.ts";

/** SCTE 35's own examples (section 14). */
const examples = [
  {
    name: "time_signal, placement opportunity start",
    base64: "/DA0AAAAAAAA///wBQb+cr0AUAAeAhxDVUVJSAAAjn/PAAGlmbAICAAAAAAsoKGKNAIAmsnRfg==",
    splice: { eventId: 0x4800008e, out: true, durationSeconds: 307 },
  },
  {
    name: "splice_insert",
    base64: "/DAvAAAAAAAA///wFAVIAACPf+/+c2nALv4AUsz1AAAAAAAKAAhDVUVJAAABNWLbowo=",
    splice: { eventId: 0x4800008f, out: true, durationSeconds: 60.29 },
  },
  {
    name: "time_signal, placement opportunity end",
    base64: "/DAvAAAAAAAA///wBQb+dGKQoAAZAhdDVUVJSAAAjn+fCAgAAAAALKChijUCAKnMZ1g=",
    splice: { eventId: 0x4800008e, out: false, durationSeconds: undefined },
  },
];
for (const { name, base64, splice } of examples) {
  test(`reads the specification's example: ${name}`, () => {
    const found = parseSplice(Buffer.from(base64, "base64"));
    assert.equal(found?.eventId, splice.eventId);
    assert.equal(found?.out, splice.out);
    assert.equal(found?.durationSeconds?.toFixed(1), splice.durationSeconds?.toFixed(1));
  });
}

test("whatever bytes give a cue, nothing, or a well-coded error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
      for (const bytes of [tail, Uint8Array.of(0xfc, ...tail)]) {
        try {
          parseSplice(bytes);
        } catch (error) {
          assert.ok(error instanceof MalformedError, String(error));
        }
      }
    }),
  );
});
