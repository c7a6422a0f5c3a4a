import type { VideoCodec } from "@sluice/media";
import type { RungPlan } from "../../../core/rung.ts";
import type { EncoderFamily, Preset } from "../engine.ts";

/** How FFmpeg is told to encode one rung. */
export type RungEncoder = {
  readonly plan: RungPlan;
  readonly preset: Preset;
  readonly family: EncoderFamily;
  /** The source's, and what the rung's will be. */
  readonly sourceRate: number;
  readonly frameRate: number;
};

type Encoder = { readonly name: string; arguments(rung: RungEncoder): readonly string[] };

/** Which codecs each family can make, the encoder's name, and what is its own to say. What all have in common is in `encoderArguments`. */
const encoders: Readonly<Record<EncoderFamily, Partial<Record<VideoCodec, Encoder>>>> = {
  software: {
    h264: { name: "libx264", arguments: x264 },
    hevc: { name: "libx265", arguments: x265 },
    av1: { name: "libaom-av1", arguments: aom },
  },
  nvenc: {
    h264: { name: "h264_nvenc", arguments: nvenc },
    hevc: { name: "hevc_nvenc", arguments: nvenc },
    av1: { name: "av1_nvenc", arguments: nvenc },
  },
  vaapi: {
    h264: { name: "h264_vaapi", arguments: vaapi },
    hevc: { name: "hevc_vaapi", arguments: vaapi },
    av1: { name: "av1_vaapi", arguments: vaapi },
  },
  qsv: {
    h264: { name: "h264_qsv", arguments: qsv },
    hevc: { name: "hevc_qsv", arguments: qsv },
    av1: { name: "av1_qsv", arguments: qsv },
  },
  videotoolbox: {
    h264: { name: "h264_videotoolbox", arguments: videotoolbox },
    hevc: { name: "hevc_videotoolbox", arguments: videotoolbox },
  },
};

/** No keyframe but where the source has one. */
const endlessGroup = String(2 ** 30);
const vaapiDevice = "/dev/dri/renderD128";
/** What is encoded in one thread, in pixels per second. FFmpeg before version 7 encodes one rung after the other, so the large ones must be quick. */
const threadLoad = 960 * 540 * 30;
const maxThreads = 4;

/** FFmpeg's name for the encoder; undefined where the family has none for the codec. */
export function encoderName(family: EncoderFamily, codec: VideoCodec): string | undefined {
  return encoders[family][codec]?.name;
}

/** What comes before the inputs: the device, where there must be one. */
export function deviceArguments(family: EncoderFamily): readonly string[] {
  if (family === "vaapi") return ["-init_hw_device", `vaapi=device:${vaapiDevice}`, "-filter_hw_device", "device"];
  return family === "qsv" ? ["-init_hw_device", "qsv=device"] : [];
}

/** The last filters before the encoder: the form of picture that it takes. */
export function inputFilter(family: EncoderFamily): string {
  if (family === "vaapi") return "format=nv12,hwupload";
  return family === "qsv" ? "format=nv12" : "format=yuv420p";
}

/** All that is said of a rung's encoder. No reordering, no look ahead: what goes in comes out. Keyframes are forced where the source has them, and stand nowhere else. */
export function encoderArguments(rung: RungEncoder): readonly string[] {
  const { family, plan } = rung;
  const encoder = encoders[family][plan.codec];
  return [
    ...["-c:v", encoder?.name ?? plan.codec, "-bf", "0", "-force_key_frames", "source"],
    ...(encoder?.arguments(rung) ?? []),
  ];
}

/** Rate control that holds the rung's bitrate: any two seconds stay below 1.2 of it, even when noise follows black. `scale` is for encoders that count in pictures, at the source's rate. */
function rate({ plan }: RungEncoder, scale = 1): readonly string[] {
  const bits = (factor: number) => String(Math.round(plan.bitrate * scale * factor));
  return ["-b:v", bits(1), "-maxrate", bits(1), "-bufsize", bits(0.5)];
}

/** How much a picture may have when the encoder believes that there are as many as in the source. */
function pictureShare({ sourceRate, frameRate }: RungEncoder): number {
  return sourceRate / frameRate;
}

function threads({ plan, frameRate }: RungEncoder): readonly string[] {
  const load = (plan.width * plan.height * frameRate) / threadLoad;
  return ["-threads", String(Math.min(maxThreads, Math.max(1, Math.ceil(load))))];
}

/** `zerolatency` makes slices, not pictures, the work of a thread. It counts in pictures and not in time: told of time, x264 keeps each picture until the next one. */
function x264(rung: RungEncoder): readonly string[] {
  return [
    ...["-preset", rung.preset, "-tune", "zerolatency", "-forced-idr", "1", "-g", endlessGroup, "-sc_threshold", "0"],
    ...threads(rung),
    ...rate(rung),
    ...["-x264-params", `fps=${fraction(rung.frameRate)}`],
  ];
}

function x265(rung: RungEncoder): readonly string[] {
  const settings = [
    ...["keyint=-1", "scenecut=0", "open-gop=0", "bframes=0", "rc-lookahead=0", "frame-threads=1", "repeat-headers=1"],
    ...[`fps=${fraction(rung.frameRate)}`, "log-level=error"],
  ];
  return [
    ...["-preset", rung.preset, "-tune", "zerolatency", "-forced-idr", "1"],
    ...rate(rung),
    ...["-x265-params", settings.join(":")],
  ];
}

/** libaom in its real-time form: SVT-AV1 makes a keyframe on demand only where it looks far ahead. */
function aom(rung: RungEncoder): readonly string[] {
  const speed: Readonly<Record<Preset, number>> = {
    ...{ ultrafast: 8, superfast: 8, veryfast: 8, faster: 7 },
    ...{ fast: 6, medium: 5, slow: 4 },
  };
  return [
    ...["-usage", "realtime", "-cpu-used", String(speed[rung.preset]), "-lag-in-frames", "0", "-row-mt", "1"],
    ...["-g", endlessGroup, ...threads(rung), ...rate(rung, pictureShare(rung))],
  ];
}

/** p1 is the fastest of seven. */
function nvenc(rung: RungEncoder): readonly string[] {
  const level: Readonly<Record<Preset, string>> = {
    ...{ ultrafast: "p1", superfast: "p2", veryfast: "p3", faster: "p4" },
    ...{ fast: "p5", medium: "p6", slow: "p7" },
  };
  return [
    ...["-preset", level[rung.preset], "-tune", "ull", "-rc", "cbr", "-zerolatency", "1", "-delay", "0"],
    ...["-forced-idr", "1", "-g", endlessGroup, "-no-scenecut", "1", "-rc-lookahead", "0"],
    ...rate(rung, pictureShare(rung)),
  ];
}

function vaapi(rung: RungEncoder): readonly string[] {
  return ["-rc_mode", "CBR", "-async_depth", "1", "-g", "65535", ...rate(rung, pictureShare(rung))];
}

/** It has seven presets of its own; the two fastest of x264's are its fastest. */
function qsv(rung: RungEncoder): readonly string[] {
  const preset = rung.preset === "ultrafast" || rung.preset === "superfast" ? "veryfast" : rung.preset;
  return [
    ...["-preset", preset, "-async_depth", "1", "-forced_idr", "1", "-look_ahead", "0", "-g", "65535"],
    ...rate(rung, pictureShare(rung)),
  ];
}

function videotoolbox(rung: RungEncoder): readonly string[] {
  return ["-realtime", "1", "-g", endlessGroup, ...rate(rung, pictureShare(rung))];
}

/** Frame rates with a fraction are those of television. */
function fraction(frameRate: number): string {
  return `${Math.round(frameRate * 1001)}/1001`;
}
