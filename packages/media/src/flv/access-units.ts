import { withLongLengthsH264 } from "../codecs/h264.ts";
import { withLongLengthsHevc } from "../codecs/hevc.ts";
import { type LongLengths, withLongLengths } from "../codecs/nal-units.ts";
import { withLongLengthsVvc } from "../codecs/vvc.ts";
import type { VideoCodec } from "../track.ts";

const rewritten: ReadonlyMap<VideoCodec, (config: Uint8Array) => LongLengths> = new Map([
  ["h264", withLongLengthsH264],
  ["hevc", withLongLengthsHevc],
  ["vvc", withLongLengthsVvc],
]);

/** Brings H.264, HEVC and VVC into the one form that every viewer takes: lengths of four bytes, no broken NAL units. Other codecs pass as they are. */
export class AccessUnits {
  readonly #lengthSizes = new Map<number, number>();

  /** The configuration for what `frame` returns. Throws `bytes/short`. */
  config(trackId: number, codec: VideoCodec, config: Uint8Array): Uint8Array {
    const long = rewritten.get(codec)?.(config);
    if (!long) {
      this.#lengthSizes.delete(trackId);
      return config;
    }
    this.#lengthSizes.set(trackId, long.lengthSize);
    return long.config;
  }

  /** The access unit, or undefined when nothing of it can be decoded. */
  frame(trackId: number, data: Uint8Array): Uint8Array | undefined {
    const lengthSize = this.#lengthSizes.get(trackId);
    if (lengthSize === undefined) return data;
    const units = withLongLengths(data, lengthSize);
    return units.length > 0 ? units : undefined;
  }
}
