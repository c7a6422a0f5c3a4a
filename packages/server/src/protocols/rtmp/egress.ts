import { type FlvBody, flvBody, type Packet } from "@sluice/media";
import { chunkedSize, outgoingChunkSize, writeMessage } from "@sluice/rtmp";
import { type Format, opening } from "../../core/format.ts";

/** Which kinds of media a viewer wants (receiveAudio, receiveVideo). */
export type Wanted = { readonly audio: boolean; readonly video: boolean };

/** Each kind on a chunk stream of its own, below 64 as old hardware needs it. */
const chunkStream = { 8: 4, 9: 6, 18: 5 } as const;

const nothing = new Uint8Array();

/**
 * Packets as RTMP messages in chunks. Every message begins with a full header (type 0), so the bytes mean the same to whoever starts or goes on at them.
 * The message stream id is in them, hence in the key; nearly every client has stream 1.
 */
export function rtmpFormat(streamId: number, wanted: Wanted): Format {
  const sends = (packet: Packet) =>
    packet.track.kind === "audio" ? wanted.audio : packet.track.kind !== "video" || wanted.video;
  const messages = (packets: readonly Packet[]): Uint8Array => {
    const bodies: FlvBody[] = [];
    const times: number[] = [];
    let size = 0;
    for (const packet of packets) {
      const body = sends(packet) ? flvBody(packet) : undefined;
      if (!body) continue;
      const time = Math.round(packet.dtsUs / 1000);
      bodies.push(body);
      times.push(time);
      size += chunkedSize(body.head.length + body.data.length, time, outgoingChunkSize);
    }
    if (size === 0) return nothing;
    const out = Buffer.allocUnsafeSlow(size);
    let at = 0;
    bodies.forEach(({ type, head, data }, index) => {
      at = writeMessage(out, at, chunkStream[type], type, streamId, times[index] ?? 0, head, data, outgoingChunkSize);
    });
    return out;
  };
  const configurations: Format["start"] = (group) => messages(opening(group));
  return {
    key: `rtmp/${streamId}/${wanted.audio ? "a" : ""}${wanted.video ? "v" : ""}`,
    start: configurations,
    change: configurations,
    encode: (packet) => messages([packet]),
    ...(wanted.video ? { sound: () => rtmpFormat(streamId, { audio: wanted.audio, video: false }) } : {}),
  };
}
