import { type AudioTrack, describeAudio, describeVideo, type Packet, type VideoTrack } from "@sluice/media";

/** H.264 baseline 64 × 64 and AAC-LC 44.1 kHz stereo, as real encoders configure them. */
export const videoTrack: VideoTrack = describeVideo(
  0,
  "h264",
  Buffer.from("0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8", "hex"),
);
export const audioTrack: AudioTrack = describeAudio(0, "aac", Buffer.from("1210", "hex"));

const none = new Uint8Array();
/** A key frame and an inter frame that decoders accept. */
export const keyframeData: Uint8Array = Buffer.from("000000166588840bfffffc3d147c9c9c9d75d75d75d75d75d75e", "hex");
export const interData: Uint8Array = Buffer.from("00000006419a202fc230", "hex");
export const silentData: Uint8Array = Buffer.from("211004608c1c", "hex");

export function config(track: VideoTrack | AudioTrack, timeMs = 0): Packet {
  return { kind: "config", track, dtsUs: timeMs * 1000, ptsUs: timeMs * 1000, keyframe: false, data: none };
}

export function video(
  timeMs: number,
  keyframe: boolean,
  data: Uint8Array = keyframe ? keyframeData : interData,
): Packet {
  return { kind: "frame", track: videoTrack, dtsUs: timeMs * 1000, ptsUs: timeMs * 1000, keyframe, data };
}

export function audio(timeMs: number): Packet {
  return {
    kind: "frame",
    track: audioTrack,
    dtsUs: timeMs * 1000,
    ptsUs: timeMs * 1000,
    keyframe: true,
    data: silentData,
  };
}

/** 25 frames a second with a keyframe every `gop`, and a sound frame beside each: `count` frames from number `from` on, configurations first when it begins. */
export function* synthetic(count: number, { from = 0, gop = 10, frameBytes = 0 } = {}): Generator<Packet> {
  if (from === 0) yield* [config(videoTrack), config(audioTrack)];
  for (let number = from; number < from + count; number++) {
    const keyframe = number % gop === 0;
    yield video(number * 40, keyframe, frameBytes > 0 ? filled(frameBytes) : undefined);
    yield audio(number * 40);
  }
}

/** One NAL unit of the given size, its length before it. */
function filled(size: number): Uint8Array {
  const data = Buffer.alloc(size, 0x5a);
  data.writeUInt32BE(size - 4);
  data[4] = 0x41;
  return data;
}
