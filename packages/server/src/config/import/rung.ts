import { count } from "./units.ts";

/** A quality as `apps.NAME.ladder` takes it. */
export type Rung = Readonly<Record<string, string | number>> | "audio";

/** What another server says of a quality. */
export type RungParts = {
  readonly name?: string | undefined;
  readonly width?: string | undefined;
  readonly height?: string | undefined;
  readonly fps?: string | undefined;
  /** In kbit/s. */
  readonly bitrate?: number | undefined;
  readonly encoder?: string | undefined;
  readonly preset?: string | undefined;
};

/** As many as one ladder may have. */
export const maxRungs = 8;
export const ladderText =
  "the qualities are made by Sluice: apps.NAME.ladder. They are in the playlists of the stream itself, under its own name";

const usableName = /^(?!(?:source|audio)$)[A-Za-z0-9_.-]{1,32}$/;
const maxPixels = 8_192;
const maxFps = 240;
const maxKilobits = 100_000;
const presets = new Set(["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"]);
const codecs: readonly (readonly [RegExp, string])[] = [
  [/265|hevc/i, "hevc"],
  [/av1/i, "av1"],
];

/** The quality, as far as it can be said here; undefined where nothing is encoded, or neither size nor bitrate is known. */
export function rungFrom({
  name,
  width,
  height,
  fps,
  bitrate,
  encoder = "",
  preset = "",
}: RungParts): Rung | undefined {
  const codec = codecs.find(([form]) => form.test(encoder))?.[1];
  const made: Record<string, string | number> = {};
  const put = (key: string, value: string | number | undefined) => {
    if (value !== undefined) made[key] = value;
  };
  put("name", name !== undefined && usableName.test(name) ? name : undefined);
  put("width", count(width, maxPixels));
  put("height", count(height, maxPixels));
  put("fps", count(fps, maxFps));
  put("bitrate", bitrate !== undefined && bitrate <= maxKilobits ? bitrate : undefined);
  put("codec", codec);
  put("preset", presets.has(preset) ? preset : undefined);
  return encoder !== "copy" && (made.height !== undefined || made.bitrate !== undefined) ? made : undefined;
}
