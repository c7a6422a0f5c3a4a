import type { AudioTrack, Packet, VideoTrack } from "@sluice/media";
import type { Source } from "../src/core/source.ts";
import type { Stream } from "../src/core/stream.ts";
import { streamName } from "../src/core/stream-name.ts";
import type { Host } from "../src/protocol.ts";
import { audioTrack, config, interData, keyframeData, silentData, videoTrack } from "./synthetic.ts";

/** What an encoder sends. Milliseconds; `reorderMs` is how much later than decoded frames are shown. */
export type Encoder = {
  readonly video?: VideoTrack;
  readonly audio?: AudioTrack;
  readonly fps?: number;
  readonly gopMs?: number;
  readonly reorderMs?: number;
  readonly fromMs?: number;
  readonly frameBytes?: number;
};

/** Packets as an encoder sends them over RTMP: in order of decoding, with stamps in whole milliseconds. */
export function encoded(ms: number, encoder: Encoder = {}): Packet[] {
  const { video, audio, fromMs = 0 } = encoder;
  const configurations = [video, audio].flatMap((track) => (track ? [config(track, fromMs)] : []));
  const frames = [...(video ? pictures(ms, video, encoder) : []), ...(audio ? sounds(ms, audio, fromMs) : [])];
  return [...configurations, ...frames.sort((a, b) => a.dtsUs - b.dtsUs)];
}

function pictures(ms: number, track: VideoTrack, encoder: Encoder): Packet[] {
  const { fps = 25, gopMs = 2000, reorderMs = 0, fromMs = 0, frameBytes = 0 } = encoder;
  return Array.from({ length: Math.ceil((ms * fps) / 1000) }, (_, frame): Packet => {
    const keyframe = frame % Math.round((gopMs * fps) / 1000) === 0;
    const dtsUs = Math.round(fromMs + (frame * 1000) / fps) * 1000;
    const data = frameBytes > 0 ? filled(frameBytes) : keyframe ? keyframeData : interData;
    return { kind: "frame", track, dtsUs, ptsUs: dtsUs + reorderMs * 1000, keyframe, data };
  });
}

function sounds(ms: number, track: AudioTrack, fromMs: number): Packet[] {
  const frameMs = (1024 / (track.sampleRate ?? 44_100)) * 1000;
  return Array.from({ length: Math.ceil(ms / frameMs) }, (_, frame): Packet => {
    const dtsUs = Math.round(fromMs + frame * frameMs) * 1000;
    return { kind: "frame", track, dtsUs, ptsUs: dtsUs, keyframe: true, data: silentData };
  });
}

/** A live stream of the host's hub. */
export function publishLive(
  host: Host,
  name = "cam",
): { stream: Stream; source: Source; append(packets: Iterable<Packet>): void } {
  const canonical = streamName("live", name);
  if (!canonical) throw new Error(`${name} is not allowed`);
  const granted = host.hub.publish(canonical, undefined, { closed: () => {} });
  if (!("source" in granted)) throw new Error(granted.reason);
  const { stream, source } = granted;
  return {
    stream,
    source,
    append: (packets) => {
      for (const packet of packets) source.append(packet);
    },
  };
}

/** What most encoders send: H.264 and AAC. */
export const both: Encoder = { video: videoTrack, audio: audioTrack };

function filled(size: number): Uint8Array {
  const data = Buffer.alloc(size, 0x5a);
  data.writeUInt32BE(size - 4);
  data[4] = 0x41;
  return data;
}
