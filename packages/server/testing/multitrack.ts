import { type AudioTrack, describeAudio, describeVideo, type Packet, type VideoTrack } from "@sluice/media";
import { audioTrack, config, silentData, videoTrack } from "./synthetic.ts";

const hvcC =
  "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089";
const av1C = "812400000a0e20000024cfa70dbfff3404340080";
const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

/** The pictures of one publisher as Enhanced Broadcasting sends them: the default one is not the largest, and each has a codec of its own. */
export const sentPictures: readonly [VideoTrack, VideoTrack, VideoTrack] = [
  { ...videoTrack, width: 1280, height: 720 },
  { ...describeVideo(1, "hevc", hex(hvcC)), width: 1920, height: 1080 },
  { ...describeVideo(2, "h264", videoTrack.config), width: 640, height: 360 },
];

/** A third codec, for who needs one. */
export const av1Picture: VideoTrack = { ...describeVideo(3, "av1", hex(av1C)), width: 640, height: 360 };

/** The sound that viewers get, and the one beside it ("VOD track"). */
export const sentSounds: readonly [AudioTrack, AudioTrack] = [audioTrack, describeAudio(1, "aac", audioTrack.config)];

/** How one picture is encoded. Milliseconds; `reorderMs` is how much later than decoded keyframes are shown. */
export type SentPicture = {
  readonly track: VideoTrack;
  readonly fps?: number;
  readonly gopMs?: number;
  /** When its first keyframe is shown, after the first of all. */
  readonly fromMs?: number;
  readonly reorderMs?: number;
  readonly bytes?: number;
};

/** What a publisher of several tracks sends: everything in the order of decoding, pictures by their numbers and then sound where times are equal. */
export function multitrack(
  ms: number,
  pictures: readonly SentPicture[] = sentPictures.map((track) => ({ track })),
  sounds: readonly AudioTrack[] = sentSounds,
): Packet[] {
  const configurations = [...pictures.map(({ track }) => track), ...sounds].map((track) => config(track));
  const frames = [...pictures.flatMap((each) => framesOf(ms, each)), ...sounds.flatMap((each) => soundsOf(ms, each))];
  return [...configurations, ...frames.sort((a, b) => a.dtsUs - b.dtsUs)];
}

function framesOf(ms: number, { track, fps = 25, gopMs = 1_000, fromMs = 0, reorderMs = 0, bytes }: SentPicture) {
  const every = Math.round((gopMs * fps) / 1_000);
  const startMs = lead + fromMs - reorderMs;
  return Array.from({ length: Math.ceil(((ms - fromMs) * fps) / 1_000) }, (_, frame): Packet => {
    const dtsUs = Math.round(startMs + (frame * 1_000) / fps) * 1_000;
    const keyframe = frame % every === 0;
    const size = bytes ?? 600 * (track.id + 1);
    return { kind: "frame", track, dtsUs, ptsUs: dtsUs + reorderMs * 1_000, keyframe, data: filled(track, size) };
  });
}

/** Before this time nothing is shown, so that what is decoded earlier has a time too. */
const lead = 200;

/** Sound in the time of the pictures that are shown with it. */
function soundsOf(ms: number, track: AudioTrack): Packet[] {
  const frameMs = (1024 / (track.sampleRate ?? 44_100)) * 1_000;
  return Array.from({ length: Math.ceil(ms / frameMs) }, (_, frame): Packet => {
    const dtsUs = Math.round(lead + frame * frameMs) * 1_000;
    return { kind: "frame", track, dtsUs, ptsUs: dtsUs, keyframe: true, data: silentData };
  });
}

/** One NAL unit of the given size, its length before it; for AV1 an OBU of padding. */
function filled({ codec, id }: VideoTrack, size: number): Uint8Array {
  const data = Buffer.alloc(size, 0x50 + id);
  if (codec === "av1") return data.fill(Buffer.from([0x7a, 0x00]));
  data.writeUInt32BE(size - 4);
  data[4] = codec === "hevc" ? 0x02 : 0x41;
  return data;
}
