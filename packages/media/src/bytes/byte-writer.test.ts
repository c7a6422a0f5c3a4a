import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { ByteWriter, utf8Bytes } from "./byte-writer.ts";

test("text is written as the platform writes it, whatever is in it", () => {
  const texts = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), fc.constant("a\ud800b"));
  fc.assert(
    fc.property(texts, texts, (first, second) => {
      const written = new ByteWriter(1).utf8(first).utf8(second).finish();
      assert.deepEqual(written, new Uint8Array([...utf8Bytes(first), ...utf8Bytes(second)]));
    }),
  );
});

test("text behind its length has the length of its bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      const bytes = utf8Bytes(text);
      const written = new ByteWriter(1).u8(7).text16(text).u8(9).finish();
      assert.deepEqual(written, new Uint8Array([7, bytes.length >> 8, bytes.length & 255, ...bytes, 9]));
    }),
  );
});
