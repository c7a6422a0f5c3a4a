import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import {
  type AudioTrack,
  describeAudio,
  describeByFrame,
  describeVideo,
  fitsMp4,
  initSegment,
  type Mp4Sample,
  mediaFragment,
  mp4Payload,
  segmentType,
  type VideoTrack,
} from "@sluice/media";
import { folder, picture } from "./clips.ts";
import { ffmpeg, peer } from "./peers.ts";

/** A clip that FFmpeg made, read by FFprobe, as this server's own form of track and samples. */
export type Reference = {
  readonly file: string;
  readonly track: VideoTrack | AudioTrack;
  readonly timescale: number;
  readonly samples: readonly Mp4Sample[];
  /** Of the first sample, as the file has it. */
  readonly firstDts: number;
};

type Recipe = {
  readonly track: (of: { extradata: Uint8Array; box: (type: string) => Uint8Array }) => VideoTrack | AudioTrack;
  readonly line: string;
  /** MP4 where that can carry it. */
  readonly suffix?: string;
};

const small = picture("160x90", 25, 2);
const tone = (rate: number) => `-f lavfi -i sine=frequency=440:sample_rate=${rate} -t 2`;
const none = new Uint8Array();

/** Every codec that CMAF can carry and Debian's FFmpeg can encode. */
export const recipes = {
  h264: {
    track: ({ extradata }) => describeVideo(0, "h264", extradata),
    line: `${small} -c:v libx264 -preset veryfast -bf 3 -g 20 -pix_fmt yuv420p`,
  },
  h264Baseline: {
    track: ({ extradata }) => describeVideo(0, "h264", extradata),
    line: `${small} -c:v libx264 -profile:v baseline -g 25 -pix_fmt yuv420p`,
  },
  h264Anamorphic: {
    track: ({ extradata }) => describeVideo(0, "h264", extradata),
    line: `${small} -vf setsar=4/3 -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -color_range pc -color_primaries bt709 -color_trc bt709 -colorspace bt709`,
  },
  hevcHighRange: {
    track: ({ extradata }) => describeVideo(0, "hevc", extradata),
    line: `${small} -c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=20:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc -pix_fmt yuv420p10`,
  },
  hevc: {
    track: ({ extradata }) => describeVideo(0, "hevc", extradata),
    line: `${small} -c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=3:keyint=20 -pix_fmt yuv420p`,
  },
  av1: {
    track: ({ extradata }) => describeVideo(0, "av1", extradata),
    line: `${small} -c:v libaom-av1 -cpu-used 8 -g 20 -pix_fmt yuv420p`,
  },
  vp9: {
    track: ({ box }) => describeVideo(0, "vp9", box("vpcC")),
    line: `${small} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 20 -pix_fmt yuv420p`,
  },
  vp8: {
    track: () => describeVideo(0, "vp8", none),
    line: `${small} -c:v libvpx -deadline realtime -cpu-used 8 -g 20 -pix_fmt yuv420p`,
    suffix: "mkv",
  },
  aac: { track: ({ extradata }) => describeAudio(0, "aac", extradata), line: `${tone(48_000)} -c:a aac -ac 2` },
  aacMono: { track: ({ extradata }) => describeAudio(0, "aac", extradata), line: `${tone(22_050)} -c:a aac` },
  mp3: { track: () => describeAudio(0, "mp3", none), line: `${tone(44_100)} -c:a libmp3lame -ac 2` },
  mp3LowRate: { track: () => describeAudio(0, "mp3", none), line: `${tone(22_050)} -c:a libmp3lame` },
  opus: { track: ({ extradata }) => describeAudio(0, "opus", extradata), line: `${tone(48_000)} -c:a libopus -ac 2` },
  opusSurround: {
    track: ({ extradata }) => describeAudio(0, "opus", extradata),
    line: `${tone(48_000)} -c:a libopus -ac 6 -mapping_family 1`,
  },
  flac: { track: ({ extradata }) => describeAudio(0, "flac", extradata), line: `${tone(44_100)} -c:a flac -strict -2` },
  flacHighRate: {
    track: ({ extradata }) => describeAudio(0, "flac", extradata),
    line: `${tone(96_000)} -c:a flac -sample_fmt s32 -strict -2`,
  },
  ac3: { track: ({ box }) => describeAudio(0, "ac3", box("dac3")), line: `${tone(48_000)} -c:a ac3 -ac 6` },
  eac3: { track: ({ box }) => describeAudio(0, "eac3", box("dec3")), line: `${tone(48_000)} -c:a eac3 -ac 2` },
} as const satisfies Record<string, Recipe>;

type Probed = {
  readonly streams: readonly { readonly extradata?: string; readonly time_base: string }[];
  readonly packets: readonly {
    readonly pts: number;
    readonly dts?: number;
    readonly duration?: number;
    readonly flags: string;
    readonly data: string;
  }[];
};

/** The reference clip of a codec, made when it is first asked for. */
export async function reference(name: keyof typeof recipes): Promise<Reference> {
  const recipe: Recipe = recipes[name];
  const file = await made(name, recipe);
  const shown = await peer("ffprobe", [
    "-v",
    "error",
    "-show_streams",
    "-show_packets",
    "-show_data",
    "-of",
    "json",
    file,
  ]).done;
  const { streams, packets }: Probed = JSON.parse(shown.out);
  const [stream] = streams;
  if (!stream) throw new Error(`${file} is empty: ${shown.err}`);
  const announced = recipe.track({ extradata: dumped(stream.extradata ?? ""), box: (type) => content(file, type) });
  const times = packets.map(({ pts, dts = pts }) => ({ pts, dts }));
  const samples = packets.map(({ pts, dts = pts, duration = 0, flags, data }, index) => ({
    data: dumped(data),
    duration: (times[index + 1]?.dts ?? dts + duration) - dts,
    compositionOffset: pts - dts,
    keyframe: flags.startsWith("K"),
  }));
  const track = describeByFrame(announced, samples[0]?.data ?? none);
  return { file, track, timescale: Number(stream.time_base.split("/")[1]), samples, firstDts: times[0]?.dts ?? 0 };
}

/** What a player gets: the init segment, then fragments. */
export function fragmented(
  { track, timescale, samples, firstDts }: Reference,
  options: { readonly perFragment: number; readonly from?: number; readonly before?: readonly Uint8Array[] },
): Uint8Array {
  const { perFragment, from = firstDts } = options;
  assert.ok(fitsMp4(track));
  const parts = [initSegment(track, timescale)];
  let decodeTime = from;
  for (let at = 0; at < samples.length; at += perFragment) {
    const part: Mp4Sample[] = samples
      .slice(at, at + perFragment)
      .map((sample) => ({ ...sample, data: mp4Payload(track, sample.data) }));
    const sequence = at / perFragment + 1;
    const before = [...(sequence % 2 === 1 ? [segmentType()] : []), ...(options.before ?? [])];
    parts.push(mediaFragment({ kind: track.kind, sequence, decodeTime, samples: part, before }));
    decodeTime += part.reduce((sum, { duration }) => sum + duration, 0);
  }
  return Buffer.concat(parts);
}

async function made(name: string, { line, suffix = "mp4" }: Recipe): Promise<string> {
  const file = `${folder}mp4-${name}.${suffix}`;
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const fresh = `${folder}new-${name}.${suffix}`;
  const { code, err } = await ffmpeg(`${line} -bitexact ${suffix === "mp4" ? "-use_editlist 0" : ""} -y`, fresh).done;
  if (code !== 0) throw new Error(`the clip ${name} could not be made: ${err}`);
  renameSync(fresh, file);
  return file;
}

/** FFprobe writes bytes as a table: an offset, 16 bytes in hexadecimal, the same as text. */
function dumped(table: string): Uint8Array {
  const digits = table.split("\n").map((line) => line.slice(10, 50));
  return new Uint8Array(Buffer.from(digits.join("").replaceAll(" ", ""), "hex"));
}

function content(file: string, type: string): Uint8Array {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(type);
  if (at < 4) throw new Error(`${file} has no ${type}`);
  return new Uint8Array(bytes.subarray(at + 4, at - 4 + bytes.readUInt32BE(at - 4)));
}
