import type { Track } from "./track.ts";

/**
 * The unit that flows from source to viewer. Times are integer microseconds.
 *
 * - `config`: from here on `track` is how its frames decode; `data` is empty (the configuration is in `track.config`).
 * - `frame`: one access unit (video: length-prefixed NAL units, OBUs …; audio: one raw frame). May be empty: silence.
 * - `data`: AMF0, a name and its values.
 * - `end`: the encoder closed this track's sequence.
 * - `extra`: bytes that only FLV knows (a video command frame, an enhanced metadata frame): `data` is the whole FLV tag body.
 */
export type Packet = {
  readonly kind: "config" | "frame" | "data" | "end" | "extra";
  readonly track: Track;
  /** When it is decoded. */
  readonly dtsUs: number;
  /** When it is shown; differs from `dtsUs` only for video with reordered frames. */
  readonly ptsUs: number;
  /** Decoding may start here. True for every audio frame. */
  readonly keyframe: boolean;
  readonly data: Uint8Array;
};
