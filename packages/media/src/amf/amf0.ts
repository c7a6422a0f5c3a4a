import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter, utf8Bytes } from "../bytes/byte-writer.ts";
import { MalformedError } from "../malformed-error.ts";
import { type Amf, AmfBudget, type AmfObject, emptyObject } from "./amf.ts";
import { readAmf3 } from "./amf3.ts";

/** AMF 0 specification, 2.1. 4 (movie clip) and 14 (record set) are reserved. */
const Marker = {
  number: 0,
  boolean: 1,
  string: 2,
  object: 3,
  null: 5,
  undefined: 6,
  reference: 7,
  ecmaArray: 8,
  objectEnd: 9,
  strictArray: 10,
  date: 11,
  longString: 12,
  unsupported: 13,
  xml: 15,
  typedObject: 16,
  amf3: 17,
} as const;

/** Text of so many UTF-16 units has no more bytes than a short string may have. */
const shortest = 16_383;
const longest = 0xffff;
const deepest = 64;

type Reading = {
  readonly reader: ByteReader;
  readonly budget: AmfBudget;
  readonly complex: Amf[];
  readonly lenient: boolean;
};

/**
 * All values of a message. `lenient` takes an object whose end is missing at the end of the message, as some hardware writes its metadata. Throws `amf0/marker`, `amf0/reference`, `amf/depth`,
 * `amf/count`, `bytes/short`.
 */
export function decodeAmf0(bytes: Uint8Array, { lenient = false }: { lenient?: boolean } = {}): Amf[] {
  const reading: Reading = { reader: new ByteReader(bytes), budget: new AmfBudget(), complex: [], lenient };
  const values: Amf[] = [];
  while (reading.reader.left > 0) values.push(readValue(reading, 0));
  return values;
}

/** Values one after the other; objects as objects. */
export function encodeAmf0(...values: readonly Amf[]): Uint8Array {
  const writer = new ByteWriter(256);
  for (const value of values) writeValue(writer, value, Marker.object, 0);
  return writer.finish();
}

/** A data message: its name, then values whose objects are ECMA arrays, as players expect of onMetaData. */
export function encodeData(name: string, ...values: readonly Amf[]): Uint8Array {
  const writer = new ByteWriter(512);
  writeValue(writer, name, Marker.object, 0);
  for (const value of values) writeValue(writer, value, Marker.ecmaArray, 0);
  return writer.finish();
}

function readValue(reading: Reading, depth: number): Amf {
  const { reader, budget } = reading;
  budget.spend(depth);
  const marker = reader.u8();
  switch (marker) {
    case Marker.number:
      return reader.f64();
    case Marker.boolean:
      return reader.u8() !== 0;
    case Marker.string:
      return reader.utf8(reader.u16());
    case Marker.null:
    case Marker.unsupported:
      return null;
    case Marker.undefined:
      return undefined;
    case Marker.longString:
    case Marker.xml:
      return reader.utf8(reader.u32());
    case Marker.date: {
      const date = new Date(reader.f64());
      reader.skip(2); // the time zone, which is reserved
      return date;
    }
    case Marker.amf3:
      return readAmf3(reader, budget, depth);
    default:
      return readComplex(reading, marker, depth);
  }
}

function readComplex(reading: Reading, marker: number, depth: number): Amf {
  const { reader, complex } = reading;
  switch (marker) {
    case Marker.object:
      return readObject(reading, depth);
    case Marker.ecmaArray:
      reader.u32(); // the count is only a hint, and often wrong
      return readObject(reading, depth);
    case Marker.typedObject:
      reader.skip(reader.u16()); // the class name: nothing is ever made from it
      return readObject(reading, depth);
    case Marker.strictArray:
      return readStrictArray(reading, depth);
    case Marker.reference: {
      const index = reader.u16();
      if (index >= complex.length)
        throw new MalformedError("amf0/reference", `reference ${index} of ${complex.length}`);
      return complex[index];
    }
    default:
      throw new MalformedError("amf0/marker", `unknown marker ${marker}`);
  }
}

function readObject(reading: Reading, depth: number): AmfObject {
  const { reader, complex, lenient } = reading;
  const object = emptyObject();
  complex.push(object);
  for (;;) {
    if (lenient && reader.left === 0) return object;
    const key = reader.utf8(reader.u16());
    if (key === "" && lenient && reader.left === 0) return object;
    if (key === "" && reader.peek() === Marker.objectEnd) {
      reader.skip(1);
      return object;
    }
    object[key] = readValue(reading, depth + 1);
  }
}

function readStrictArray(reading: Reading, depth: number): Amf[] {
  const { reader, complex } = reading;
  const count = reader.u32();
  if (count > reader.left)
    throw new MalformedError("bytes/short", `an array of ${count} values in ${reader.left} bytes`);
  const array: Amf[] = [];
  complex.push(array);
  for (let index = 0; index < count; index++) array.push(readValue(reading, depth + 1));
  return array;
}

function writeValue(writer: ByteWriter, value: Amf, objects: 3 | 8, depth: number): void {
  switch (typeof value) {
    case "number":
      return void writer.u8(Marker.number).f64(value);
    case "boolean":
      return void writer.u8(Marker.boolean).u8(value ? 1 : 0);
    case "string":
      return writeString(writer, value);
    case "undefined":
      return void writer.u8(Marker.undefined);
    default:
      return writeComplex(writer, value, objects, depth);
  }
}

function writeComplex(writer: ByteWriter, value: Exclude<Amf, undefined>, objects: 3 | 8, depth: number): void {
  if (depth > deepest) throw new MalformedError("amf/depth", "a value with a cycle cannot be written");
  if (value === null) writer.u8(Marker.null);
  else if (value instanceof Uint8Array) writer.u8(Marker.undefined);
  else if (value instanceof Date) writer.u8(Marker.date).f64(value.getTime()).u16(0);
  else if (Array.isArray(value)) {
    writer.u8(Marker.strictArray).u32(value.length);
    for (const each of value) writeValue(writer, each, objects, depth + 1);
  } else writeObject(writer, value as AmfObject, objects, depth);
}

function writeObject(writer: ByteWriter, value: AmfObject, objects: 3 | 8, depth: number): void {
  const entries = Object.entries(value);
  writer.u8(objects);
  if (objects === Marker.ecmaArray) writer.u32(entries.length);
  for (const [key, each] of entries) {
    writeKey(writer, key);
    writeValue(writer, each, objects, depth + 1);
  }
  writer.u16(0).u8(Marker.objectEnd);
}

function writeString(writer: ByteWriter, value: string): void {
  if (value.length <= shortest) return void writer.u8(Marker.string).text16(value);
  const bytes = utf8Bytes(value);
  if (bytes.length > longest) writer.u8(Marker.longString).u32(bytes.length).bytes(bytes);
  else writer.u8(Marker.string).u16(bytes.length).bytes(bytes);
}

function writeKey(writer: ByteWriter, key: string): void {
  if (key.length <= shortest) return void writer.text16(key);
  const bytes = utf8Bytes(key);
  if (bytes.length > longest)
    throw new MalformedError("amf0/key", `a key of ${bytes.length} bytes; at most ${longest}`);
  writer.u16(bytes.length).bytes(bytes);
}
