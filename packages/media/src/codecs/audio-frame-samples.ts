import type { AudioTrack } from "../track.ts";
import { aacFrameSamples } from "./aac-frame.ts";
import { ac3FrameSamples } from "./ac3.ts";
import { flacFrameSamples } from "./flac.ts";
import { lenient } from "./lenient.ts";
import { mp3FrameSamples } from "./mp3.ts";
import { opusFrameSamples } from "./opus.ts";

/** Asked for with every frame, and the same for all of a configuration. */
const aacLengths = new WeakMap<Uint8Array, number | "unknown">();

/** How many samples, at the track's sample rate, one frame of sound decodes to; undefined where neither the frame nor the configuration says. */
export function audioFrameSamples({ codec, config }: AudioTrack, data: Uint8Array): number | undefined {
  switch (codec) {
    case "aac":
      return aacLength(config);
    case "opus":
      return lenient(() => opusFrameSamples(data));
    case "mp3":
      return lenient(() => mp3FrameSamples(data));
    case "ac3":
    case "eac3":
      return ac3FrameSamples(data);
    case "flac":
      return lenient(() => flacFrameSamples(config, data));
    default:
      return undefined;
  }
}

function aacLength(config: Uint8Array): number | undefined {
  let known = aacLengths.get(config);
  if (known === undefined) {
    known = lenient(() => aacFrameSamples(config)) ?? "unknown";
    aacLengths.set(config, known);
  }
  return known === "unknown" ? undefined : known;
}
