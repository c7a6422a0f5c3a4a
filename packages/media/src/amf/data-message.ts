import { type Amf, type AmfObject, emptyObject, isAmfObject } from "./amf.ts";
import { decodeAmf0, encodeData } from "./amf0.ts";

const maxKey = 127;
const maxBytes = 64 * 1024;
const maxDepth = 16;
/** References can make a small message say very much. */
const maxCopies = 4096;

/**
 * A data message (onMetaData, onCuePoint, onTextData …) as it may be passed to viewers: FFmpeg ends its session over dates and typed values, so only numbers, booleans, strings, null, arrays and
 * objects stay. A stray value before the name is skipped, `@setDataFrame` is taken off, `@clearDataFrame` becomes the name with null. Undefined for what cannot be read, has no name or is
 * longer than 64 KiB.
 */
export function sanitizeData(body: Uint8Array): Uint8Array | undefined {
  if (body.length > maxBytes) return undefined;
  let values: Amf[];
  try {
    values = decodeAmf0(body, { lenient: true });
  } catch {
    return undefined;
  }
  const from = values.findIndex((value) => typeof value === "string");
  const [first, ...rest] = from < 0 ? [] : values.slice(from);
  const [name, ...content] =
    first === "@setDataFrame" ? rest : first === "@clearDataFrame" ? [rest[0] ?? "onMetaData", null] : [first, ...rest];
  if (typeof name !== "string" || name === "") return undefined;
  const budget = { left: maxCopies };
  const data = encodeData(name, ...content.map((value) => plain(value, [], budget)));
  return data.length > maxBytes ? undefined : data;
}

function plain(value: Amf, above: readonly Amf[], budget: { left: number }): Amf {
  if (budget.left-- <= 0 || value === undefined || value instanceof Uint8Array) return null;
  if (value instanceof Date) return value.getTime();
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value) || above.length >= maxDepth) return null;
  const below = [...above, value];
  if (Array.isArray(value)) return value.slice(0, budget.left).map((each) => plain(each, below, budget));
  return isAmfObject(value) ? plainObject(value, below, budget) : null;
}

function plainObject(object: AmfObject, above: readonly Amf[], budget: { left: number }): AmfObject {
  const copy = emptyObject();
  for (const [key, value] of Object.entries(object)) {
    if (budget.left <= 0) break;
    if (fits(key)) copy[key] = plain(value, above, budget);
  }
  return copy;
}

/** Short enough in any encoding, and without control characters. */
function fits(key: string): boolean {
  return /^[\x20-\x7e]{0,127}$/.test(key) || (key.length * 3 <= maxKey && !/\p{Cc}/u.test(key));
}
