import {
  initSegment,
  type Mp4Sample,
  mediaFragment,
  mp4Payload,
  producerReferenceTime,
  segmentType,
} from "@sluice/media";
import type { Init, Part, Rendition, Sample, Segment } from "./rendition.ts";

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
export function partBytes(rendition: Rendition, segment: Segment, part: Part): Uint8Array {
  part.encoded ??= encode(rendition, segment, part, part.samples);
  return part.encoded;
}

/** A closed segment's bytes: its parts' behind each other. Its parts are views of them from then on. */
export function segmentBytes(rendition: Rendition, segment: Segment): Uint8Array {
  if (segment.encoded) return segment.encoded;
  const parts = segment.parts.map((part) => partBytes(rendition, segment, part));
  const whole = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  segment.parts.forEach((part, index) => {
    const bytes = parts[index];
    if (!bytes) return;
    whole.set(bytes, at);
    part.encoded = whole.subarray(at, at + bytes.length);
    at += bytes.length;
  });
  segment.encoded = whole;
  return whole;
}

const partsInSegment = 64;

function encode(rendition: Rendition, segment: Segment, part: Part, samples: readonly Sample[]): Uint8Array {
  const { kind, timescale, reorder } = rendition;
  const { track } = segment.init;
  const unixUs = Math.round(segment.boundary.anchorUs + (part.ticks / timescale) * 1_000_000);
  const before = [producerReferenceTime(1, unixUs, part.ticks)];
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
