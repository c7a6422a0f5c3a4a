import {
  initSegment,
  type Mp4Sample,
  mediaFragment,
  mp4Payload,
  producerReferenceTime,
  segmentType,
} from "@sluice/media";
import { HttpError } from "../http/http-error.ts";
import type { Init, Part, Rendition, Sample, Segment } from "./rendition.ts";
import { eventBoxes } from "./timed-events.ts";

const inits = new WeakMap<Init, Uint8Array>();

/** The init segment's bytes. */
export function initBytes({ timescale }: Rendition, init: Init): Uint8Array {
  let bytes = inits.get(init);
  if (!bytes) {
    bytes = initSegment(init.track, timescale);
    inits.set(init, bytes);
  }
  return bytes;
}

/** A part's bytes: one CMAF chunk. Made when they are first asked for. */
export function partBytes(rendition: Rendition, segment: Segment, part: Part): Uint8Array | Promise<Uint8Array> {
  if (segment.shed) return restored(rendition, segment).then((parts) => parts[part.index] ?? nothing);
  part.encoded ??= encode(rendition, segment, part, part.samples);
  return part.encoded;
}

/** A closed segment's bytes: its parts' behind each other. Its parts are views of them from then on. Of an old one the frames are read again; rejects when they are gone. */
export function segmentBytes(rendition: Rendition, segment: Segment): Uint8Array | Promise<Uint8Array> {
  if (segment.shed) return restored(rendition, segment).then((parts) => Buffer.concat(parts));
  if (segment.encoded) return segment.encoded;
  const parts = segment.parts.map((part) => part.encoded ?? encode(rendition, segment, part, part.samples));
  const whole = Buffer.concat(parts);
  let at = 0;
  for (const part of segment.parts) {
    const { length } = parts[part.index] ?? nothing;
    part.encoded = whole.subarray(at, at + length);
    at += length;
  }
  segment.encoded = whole;
  return whole;
}

/** The keyframe alone that a closed segment begins with, shown for as long as the segment lasts: what fast winding shows. */
export function keyframeBytes(rendition: Rendition, segment: Segment): Uint8Array | Promise<Uint8Array> {
  const [first] = segment.parts;
  const encodeFirst = (sample: Sample | undefined) =>
    first && sample?.packet.keyframe
      ? encode(rendition, segment, { ...first, events: [] }, [{ ...sample, duration: segment.duration }])
      : nothing;
  if (!segment.shed) return encodeFirst(first?.samples[0]);
  return readAgain(rendition, segment).then((samples) => encodeFirst(samples[0]?.[0]));
}

async function restored(rendition: Rendition, segment: Segment): Promise<Uint8Array[]> {
  const samples = await readAgain(rendition, segment);
  return segment.parts.map((part) => encode(rendition, segment, part, samples[part.index] ?? []));
}

async function readAgain(rendition: Rendition, segment: Segment): Promise<readonly (readonly Sample[])[]> {
  const samples = await rendition.restored(segment);
  if (!samples) throw new HttpError(404, "segment/not-found", "this segment is too old: it is not kept any more");
  return samples;
}

const nothing = new Uint8Array();
const partsInSegment = 64;

function encode(rendition: Rendition, segment: Segment, part: Part, samples: readonly Sample[]): Uint8Array {
  const { kind, timescale, reorder } = rendition;
  const { track } = segment.init;
  const unixUs = Math.round(segment.boundary.anchorUs + (part.ticks / timescale) * 1_000_000);
  const before = [
    producerReferenceTime(1, unixUs, part.ticks),
    ...part.events.flatMap((each) => eventBoxes(each, timescale)),
  ];
  if (part.index === 0) before.unshift(segmentType());
  return mediaFragment({
    kind,
    sequence: (segment.msn * partsInSegment + part.index) % 2 ** 32,
    decodeTime: part.ticks - reorder,
    samples: samples.map(
      ({ packet, duration, composition }): Mp4Sample => ({
        data: mp4Payload(track, packet.data),
        duration,
        compositionOffset: composition + reorder,
        keyframe: packet.keyframe,
      }),
    ),
    before,
  });
}
