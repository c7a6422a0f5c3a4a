import {
  type Amf,
  decodeAmf0,
  eventMessage,
  id3EventScheme,
  id3Tag,
  isAmfObject,
  MalformedError,
  parseSplice,
  type Splice,
} from "@sluice/media";

/** Something said in time with the picture: metadata, a cue, a text. Microseconds of the stream. */
export type TimedEvent = {
  readonly id: number;
  readonly timeUs: number;
  /** An ID3 tag, as players take it. */
  readonly tag: Uint8Array;
  /** An advertising cue: the section as it came, and what it says. */
  readonly cue?: { readonly section: Uint8Array; readonly splice: Splice };
};

/** ISO/IEC 23009-1's name for SCTE-35 in its own binary form (SCTE 214-3, 7.3). */
export const spliceScheme = "urn:scte:scte35:2013:bin";
export { id3EventScheme };

const maxTextBytes = 32 * 1024;
const base64 = /^[A-Za-z0-9+/]{16,5600}={0,2}$/;
/** How encoders name a message that has a cue in it, and its fields that have the section. */
const cueNames = new Set(["onAdCue", "onCuePoint", "onSCTE35", "scte35"]);

/** The event that a data message is: its name and its values as JSON, in an ID3 tag. Undefined for what cannot be read or is too long. */
export function timedEvent(id: number, timeUs: number, data: Uint8Array): TimedEvent | undefined {
  let values: Amf[];
  try {
    values = decodeAmf0(data, { lenient: true });
  } catch {
    return undefined;
  }
  const [name, ...rest] = values;
  if (typeof name !== "string" || name === "") return undefined;
  const value = JSON.stringify(rest.length === 1 ? rest[0] : rest, plain);
  if (value === undefined || value.length > maxTextBytes) return undefined;
  const cue = cueNames.has(name) ? cueIn(rest) : undefined;
  try {
    const tag = id3Tag([{ kind: "text", description: name.slice(0, 128), value: value.replaceAll("\0", "") }]);
    return { id, timeUs, tag, ...(cue ? { cue } : {}) };
  } catch {
    return undefined;
  }
}

/** The event as boxes in front of a fragment, in a track's timescale. */
export function eventBoxes({ id, timeUs, tag, cue }: TimedEvent, timescale: number): Uint8Array[] {
  const time = Math.max(0, Math.round((timeUs * timescale) / 1_000_000));
  const boxes = [eventMessage({ scheme: id3EventScheme, value: "0", timescale, time, id, data: tag })];
  if (!cue) return boxes;
  const ticks = Math.round((cue.splice.durationSeconds ?? Number.POSITIVE_INFINITY) * timescale);
  const duration = ticks < 2 ** 32 - 1 ? { duration: ticks } : {}; // a longer one has no place in its field
  boxes.push(eventMessage({ scheme: spliceScheme, value: "", timescale, time, id, data: cue.section, ...duration }));
  return boxes;
}

function cueIn(values: readonly Amf[]): TimedEvent["cue"] {
  for (const text of textsIn(values, 0)) {
    if (!base64.test(text)) continue;
    const section = Buffer.from(text, "base64");
    try {
      const splice = parseSplice(section);
      if (splice) return { section, splice };
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }
  return undefined;
}

function* textsIn(values: readonly Amf[], depth: number): Generator<string> {
  for (const value of values.slice(0, 64)) {
    if (typeof value === "string") yield value;
    else if (depth < 4 && Array.isArray(value)) yield* textsIn(value, depth + 1);
    else if (depth < 4 && isAmfObject(value)) yield* textsIn(Object.values(value), depth + 1);
  }
}

/** JSON has no place for what is not finite. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}
