import { withLongLengthsH264 } from "../codecs/h264.ts";
import { withLongLengthsHevc } from "../codecs/hevc.ts";
import { withLongLengths } from "../codecs/nal-units.ts";
import type { VideoCodec } from "../track.ts";

/** Brings H.264 and HEVC into the one form that every viewer takes: lengths of four bytes, no broken NAL units. Other codecs pass as they are. */
export class AccessUnits {
  readonly #lengthSizes = new Map<number, number>();

  /** The configuration for what `frame` returns. Throws `bytes/short`. */
  config(trackId: number, codec: VideoCodec, config: Uint8Array): Uint8Array {
    const long =
      codec === "h264" ? withLongLengthsH264(config) : codec === "hevc" ? withLongLengthsHevc(config) : undefined;
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
