import type { ByteReader } from "../bytes/byte-reader.ts";
import { MalformedError } from "../malformed-error.ts";
import { type Amf, type AmfBudget, type AmfObject, emptyObject } from "./amf.ts";

/** AMF 3 specification, 3.1. */
const Marker = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  integer: 4,
  double: 5,
  string: 6,
  xmlDocument: 7,
  date: 8,
  array: 9,
  object: 10,
  xml: 11,
  byteArray: 12,
  vectorInt: 13,
  vectorUint: 14,
  vectorDouble: 15,
  vectorObject: 16,
  dictionary: 17,
} as const;

type Traits = { readonly dynamic: boolean; readonly names: readonly string[] };

/** The tables that one value's references point into. */
type Reading = {
  readonly reader: ByteReader;
  readonly budget: AmfBudget;
  readonly strings: string[];
  readonly objects: Amf[];
  readonly traits: Traits[];
};

/** One AMF3 value, with reference tables of its own. Throws `amf3/marker`, `amf3/reference`, `amf3/externalizable`, `amf/depth`, `amf/count`, `bytes/short`. */
export function readAmf3(reader: ByteReader, budget: AmfBudget, depth: number): Amf {
  return readValue({ reader, budget, strings: [], objects: [], traits: [] }, depth);
}

function readValue(reading: Reading, depth: number): Amf {
  const { reader, budget } = reading;
  budget.spend(depth);
  const marker = reader.u8();
  switch (marker) {
    case Marker.undefined:
      return undefined;
    case Marker.null:
      return null;
    case Marker.false:
      return false;
    case Marker.true:
      return true;
    case Marker.integer:
      return (u29(reader) << 3) >> 3; // 29 bits, signed
    case Marker.double:
      return reader.f64();
    case Marker.string:
      return readString(reading);
    default:
      return readComplex(reading, marker, depth);
  }
}

/** Everything that goes into the table of objects: a header whose lowest bit says whether the value follows or is a reference. */
function readComplex(reading: Reading, marker: number, depth: number): Amf {
  if (marker > Marker.dictionary) throw new MalformedError("amf3/marker", `unknown marker ${marker}`);
  const header = u29(reading.reader);
  const rest = header >> 1;
  if ((header & 1) === 0) return referred(reading.objects, rest);
  switch (marker) {
    case Marker.xmlDocument:
    case Marker.xml:
      return kept(reading, reading.reader.utf8(rest));
    case Marker.date:
      return kept(reading, new Date(reading.reader.f64()));
    case Marker.byteArray:
      return kept(reading, reading.reader.bytes(rest));
    case Marker.array:
      return readArray(reading, rest, depth);
    case Marker.object:
      return readObject(reading, rest, depth);
    case Marker.dictionary:
      return readDictionary(reading, rest, depth);
    default:
      return readVector(reading, marker, rest, depth);
  }
}

/** U29 (1.3.1): up to three bytes of seven bits, and a fourth of eight. */
function u29(reader: ByteReader): number {
  let value = 0;
  for (let index = 0; index < 3; index++) {
    const byte = reader.u8();
    value = (value << 7) | (byte & 0x7f);
    if (byte < 0x80) return value;
  }
  return (value << 8) | reader.u8();
}

function readString({ reader, strings }: Reading): string {
  const header = u29(reader);
  if ((header & 1) === 0) return referred(strings, header >> 1);
  const value = reader.utf8(header >> 1);
  if (value !== "") strings.push(value);
  return value;
}

/** 3.11: keyed values until an empty key, then the dense ones. With keys it becomes an object. */
function readArray(reading: Reading, count: number, depth: number): Amf {
  const { reader, objects } = reading;
  checkCount(reader, count, 1);
  const keyed = emptyObject();
  const dense: Amf[] = [];
  const slot = objects.push(dense) - 1;
  let hasKeys = false;
  for (let key = readString(reading); key !== ""; key = readString(reading)) {
    if (!hasKeys) objects[slot] = keyed;
    hasKeys = true;
    keyed[key] = readValue(reading, depth + 1);
  }
  for (let index = 0; index < count; index++) {
    const value = readValue(reading, depth + 1);
    if (hasKeys) keyed[index] = value;
    else dense.push(value);
  }
  return hasKeys ? keyed : dense;
}

/** 3.12: traits, sealed members, then dynamic ones. Nothing is made from the class name; a class that writes its own bytes cannot be read. */
function readObject(reading: Reading, header: number, depth: number): AmfObject {
  const traits = (header & 1) === 0 ? referred(reading.traits, header >> 1) : readTraits(reading, header >> 1);
  const object = emptyObject();
  reading.objects.push(object);
  for (const name of traits.names) object[name] = readValue(reading, depth + 1);
  if (!traits.dynamic) return object;
  for (let key = readString(reading); key !== ""; key = readString(reading))
    object[key] = readValue(reading, depth + 1);
  return object;
}

function readTraits(reading: Reading, header: number): Traits {
  readString(reading);
  if ((header & 1) === 1) throw new MalformedError("amf3/externalizable", "an object that writes its own bytes");
  const count = header >> 2;
  checkCount(reading.reader, count, 1);
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    reading.budget.spend(0);
    names.push(readString(reading));
  }
  const traits = { dynamic: (header & 2) !== 0, names };
  reading.traits.push(traits);
  return traits;
}

function readVector(reading: Reading, marker: number, count: number, depth: number): Amf {
  const { reader, budget } = reading;
  reader.skip(1); // whether its length is fixed
  if (marker === Marker.vectorObject) readString(reading);
  checkCount(reader, count, marker === Marker.vectorObject ? 1 : marker === Marker.vectorDouble ? 8 : 4);
  const values: Amf[] = [];
  reading.objects.push(values);
  for (let index = 0; index < count; index++) {
    if (marker === Marker.vectorObject) {
      values.push(readValue(reading, depth + 1));
      continue;
    }
    budget.spend(depth);
    values.push(
      marker === Marker.vectorDouble ? reader.f64() : marker === Marker.vectorInt ? reader.u32() | 0 : reader.u32(),
    );
  }
  return values;
}

/** 3.16: keys of any type; those that are no strings are written as text. */
function readDictionary(reading: Reading, count: number, depth: number): AmfObject {
  reading.reader.skip(1); // whether its keys are weak
  checkCount(reading.reader, count, 2);
  const object = emptyObject();
  reading.objects.push(object);
  for (let index = 0; index < count; index++) {
    const key = readValue(reading, depth + 1);
    object[typeof key === "object" ? `[${index}]` : String(key)] = readValue(reading, depth + 1);
  }
  return object;
}

function checkCount(reader: ByteReader, count: number, bytesEach: number): void {
  if (count * bytesEach > reader.left)
    throw new MalformedError("bytes/short", `${count} values in ${reader.left} bytes`);
}

function kept<T extends Amf>({ objects }: Reading, value: T): T {
  objects.push(value);
  return value;
}

function referred<T>(table: readonly T[], index: number): T {
  if (index >= table.length) throw new MalformedError("amf3/reference", `reference ${index} of ${table.length}`);
  return table[index] as T;
}
