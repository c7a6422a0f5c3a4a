import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { MalformedError } from "../malformed-error.ts";
import { type Amf, type AmfObject, emptyObject } from "./amf.ts";
import { decodeAmf0, encodeAmf0, encodeData } from "./amf0.ts";
import { sanitizeData } from "./data-message.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const object = (fields: Record<string, Amf>): AmfObject => Object.assign(emptyObject(), fields);

const both: { name: string; hex: string; value: Amf }[] = [
  { name: "number", hex: "00 3ff0000000000000", value: 1 },
  { name: "not a number", hex: "00 7ff8000000000000", value: Number.NaN },
  { name: "minus zero", hex: "00 8000000000000000", value: -0 },
  { name: "infinity", hex: "00 7ff0000000000000", value: Number.POSITIVE_INFINITY },
  { name: "true", hex: "01 01", value: true },
  { name: "string", hex: "02 0003 616263", value: "abc" },
  { name: "empty string", hex: "02 0000", value: "" },
  { name: "object", hex: "03 0001 61 05 0000 09", value: object({ a: null }) },
  { name: "object with an empty key", hex: "03 0000 05 0000 09", value: object({ "": null }) },
  { name: "null", hex: "05", value: null },
  { name: "undefined", hex: "06", value: undefined },
  { name: "strict array", hex: "0a 00000002 05 01 00", value: [null, false] },
  { name: "date", hex: "0b 408f400000000000 0000", value: new Date(1000) },
];
for (const { name, hex, value } of both) {
  test(`amf0 ${name} decodes`, () => assert.deepEqual(decodeAmf0(bytes(hex)), [value]));
  if (name !== "date") test(`amf0 ${name} encodes`, () => assert.deepEqual(encodeAmf0(value), bytes(hex)));
}

const decoded: { name: string; hex: string; value: Amf[] }[] = [
  { name: "an ECMA array whose count is 0", hex: "08 00000000 0001 61 05 0000 09", value: [object({ a: null })] },
  { name: "an ECMA array whose count is 2³² − 1", hex: "08 ffffffff 0001 61 05 0000 09", value: [object({ a: null })] },
  { name: "a typed object as its fields", hex: "10 0003 466f6f 0001 61 01 01 0000 09", value: [object({ a: true })] },
  { name: "a long string", hex: "0c 00000003 616263", value: ["abc"] },
  { name: "XML as its text", hex: "0f 00000003 3c612f", value: ["<a/"] },
  { name: "unsupported as null", hex: "0d", value: [null] },
  {
    name: "keys that objects have by birth",
    hex: "03 0009 5f5f70726f746f5f5f 05 000b 636f6e7374727563746f72 05 0000 09",
    value: [
      Object.defineProperty(object({ constructor: null }), "__proto__", {
        value: null,
        enumerable: true,
        configurable: true,
        writable: true,
      }),
    ],
  },
  { name: "a string of broken UTF-8", hex: "02 0002 c328", value: ["\ufffd("] },
  { name: "AMF3 values behind the switch, each for itself", hex: "11 04 01 11 06 05 6869 05", value: [1, "hi", null] },
  {
    name: "AMF3 integers",
    hex: "11 04 ffffffff 11 04 bfffffff 11 04 7f 11 04 8100",
    value: [-1, 0x0fffffff, 127, 128],
  },
  { name: "an AMF3 object, dynamic", hex: "11 0a 0b 01 03 61 03 01", value: [object({ a: true })] },
  { name: "an AMF3 array, dense", hex: "11 09 05 01 04 01 04 02", value: [[1, 2]] },
  { name: "an AMF3 array with keys", hex: "11 09 03 03 61 03 01 04 07", value: [object({ a: true, 0: 7 })] },
  { name: "an AMF3 ByteArray", hex: "11 0c 05 af01", value: [bytes("af01")] },
  { name: "AMF3 vectors", hex: "11 0d 05 00 00000001 ffffffff", value: [[1, -1]] },
];
for (const { name, hex, value } of decoded) {
  test(`amf: ${name}`, () => assert.deepEqual(decodeAmf0(bytes(hex)), value));
}

test("OBS's VOD track, an AMF3 ByteArray inside AMF0, decodes", () => {
  const wire =
    "02 000f 6164646974696f6e616c4d65646961 03 0002 6964 02 0007 73747265616d30 0005 6d65646961 11 0c 11 af01211004608c1c 000009";
  const [name, media] = decodeAmf0(bytes(wire));
  assert.equal(name, "additionalMedia");
  assert.deepEqual(media, object({ id: "stream0", media: bytes("af01211004608c1c") }));
});

test("a reference is the object itself, also inside itself", () => {
  const [value] = decodeAmf0(bytes("03 0004 73656c66 07 0000 000009")) as [AmfObject];
  assert.equal(value.self, value);
});

const refused: { name: string; hex: string; code: string }[] = [
  { name: "a movie clip", hex: "04", code: "amf0/marker" },
  { name: "a record set", hex: "0e", code: "amf0/marker" },
  { name: "an unknown marker", hex: "7f", code: "amf0/marker" },
  { name: "a reference to nothing", hex: "07 0000", code: "amf0/reference" },
  { name: "a string longer than the message", hex: "02 ffff 61", code: "bytes/short" },
  { name: "a long string of 4 GiB", hex: "0c ffffffff 61", code: "bytes/short" },
  { name: "an array of 2³² − 1 values", hex: "0a ffffffff 05", code: "bytes/short" },
  { name: "an object without its end", hex: "03 0001 61 05", code: "bytes/short" },
  { name: "an AMF3 object that writes its own bytes", hex: "11 0a 07 0361", code: "amf3/externalizable" },
  { name: "an AMF3 reference to nothing", hex: "11 0a 04", code: "amf3/reference" },
  { name: "an AMF3 array of 2²⁸ values", hex: "11 09 ffffffff 01", code: "bytes/short" },
  { name: "10,000 nested objects", hex: "030001 61".repeat(10_000), code: "amf/depth" },
  { name: "10,000 values", hex: "05".repeat(10_000), code: "amf/count" },
];
for (const { name, hex, code } of refused) {
  test(`amf refuses ${name} as ${code}`, () => {
    assert.throws(
      () => decodeAmf0(bytes(hex)),
      (error) => error instanceof MalformedError && error.code === code,
    );
  });
}

test("metadata whose end is missing is read when asked to be lenient", () => {
  assert.deepEqual(decodeAmf0(bytes("08 00000001 0001 61 05"), { lenient: true }), [object({ a: null })]);
  assert.deepEqual(decodeAmf0(bytes("08 00000001 0001 61 05 0000"), { lenient: true }), [object({ a: null })]);
});

const value: fc.Arbitrary<Amf> = fc.letrec<{ value: Amf }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.double(),
    fc.boolean(),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.constant(null),
    fc.constant(undefined),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .dictionary(fc.string({ maxLength: 8 }), tie("value"), { maxKeys: 4, noNullPrototype: false })
      .map((each) => object(each)),
  ),
})).value;

test("whatever is encoded is decoded", () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (values) =>
      assert.deepEqual(decodeAmf0(encodeAmf0(...values)), values),
    ),
  );
  const long = "ä".repeat(40_000);
  assert.deepEqual(decodeAmf0(encodeAmf0(long)), [long]);
});

test("any bytes are values or one well-coded error", () => {
  const biased = fc
    .array(fc.oneof(fc.integer({ min: 0, max: 17 }), fc.nat(255)), { maxLength: 120 })
    .map((all) => Uint8Array.from(all));
  fc.assert(
    fc.property(biased, (wire) => {
      try {
        decodeAmf0(wire);
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
      sanitizeData(wire);
    }),
    { numRuns: 5000 },
  );
});

test("data messages are passed on without what FFmpeg ends its session over", () => {
  const wire = encodeAmf0(
    "@setDataFrame",
    "onMetaData",
    object({ width: 640, made: new Date(5), nothing: undefined, deep: object({ list: [1, "x"] }) }),
  );
  assert.deepEqual(decodeAmf0(sanitizeData(wire) ?? bytes("")), [
    "onMetaData",
    object({ width: 640, made: 5, nothing: null, deep: object({ list: [1, "x"] }) }),
  ]);
});

test("data messages: stray numbers before the name are skipped, clearing is a null, without a name there is nothing", () => {
  assert.deepEqual(
    sanitizeData(encodeAmf0(0, 0, "@setDataFrame", "onMetaData", object({ a: 1 }))),
    encodeData("onMetaData", object({ a: 1 })),
  );
  assert.deepEqual(sanitizeData(encodeAmf0("@clearDataFrame", "onMetaData")), encodeData("onMetaData", null));
  assert.equal(sanitizeData(encodeAmf0(1, 2)), undefined);
  assert.equal(sanitizeData(encodeAmf0("")), undefined);
  assert.equal(sanitizeData(bytes("")), undefined);
  assert.equal(sanitizeData(encodeAmf0("big", "x".repeat(70_000))), undefined);
});

test("data messages: cycles and references that multiply are cut, long keys left out", () => {
  assert.deepEqual(
    sanitizeData(bytes("02 0001 78 03 0004 73656c66 07 0000 000009")),
    encodeData("x", object({ self: null })),
  );
  const level = (index: number) => `0a 00000008 ${`07 ${(index - 1).toString(16).padStart(4, "0")}`.repeat(8)}`;
  const bomb = bytes(
    `02 0001 78 0a 00000001 05 ${Array.from({ length: 15 }, (_, index) => level(index + 1)).join(" ")}`,
  );
  assert.ok((sanitizeData(bomb)?.length ?? 0) < 64 * 1024);
  assert.deepEqual(
    sanitizeData(encodeAmf0("x", object({ ["k".repeat(128)]: 1, "a\nb": 2, ok: 3 }))),
    encodeData("x", object({ ok: 3 })),
  );
});
