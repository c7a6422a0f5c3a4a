import {
  encodeAmf0,
  type FlvBody,
  type FlvForm,
  FlvOutput,
  type FlvWanted,
  flvBody,
  flvTimeMs,
  type Packet,
  usualForm,
} from "@sluice/media";
import { chunkedSize, outgoingChunkSize, writeMessage } from "@sluice/rtmp";
import { type Format, opening } from "../../core/format.ts";

/** Each kind on a chunk stream of its own, below 64 as old hardware needs it. */
const chunkStream = { 8: 4, 9: 6, 18: 5 } as const;

const nothing = new Uint8Array();
const metadataName = encodeAmf0("onMetaData");
const setDataFrame = encodeAmf0("@setDataFrame");

/**
 * Packets as RTMP messages in chunks. Every message begins with a full header (type 0), so the bytes mean the same to whoever starts or goes on at them.
 * The message stream id is in them, hence in the key; nearly every client has stream 1.
 */
export function rtmpFormat(
  streamId: number,
  wanted: FlvWanted,
  form: FlvForm = usualForm,
  publishes: boolean = false,
): Format {
  const output = new FlvOutput(wanted, form);
  const messages = (packets: readonly Packet[]): Uint8Array => {
    const bodies: FlvBody[] = [];
    const times: number[] = [];
    let size = 0;
    for (const packet of packets) {
      const found = flvBody(packet, form);
      if (!found) continue;
      const body = publishes && isMetadata(found) ? { ...found, head: setDataFrame } : found;
      const time = flvTimeMs(packet, form);
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
  const configurations: Format["start"] = (group) => messages(output.begin(group.tracks, opening(group)));
  return {
    key: `rtmp/${publishes ? "publish/" : ""}${streamId}/${wanted.audio ? "a" : ""}${wanted.video ? "v" : ""}${form.key && `/${form.key}`}`,
    start: configurations,
    change: configurations,
    encode: (packet, row) => {
      const placed = output.packet(packet, row);
      return placed ? messages([placed]) : nothing;
    },
    ...(wanted.video && !form.multitrack ? movable(streamId, wanted, form, publishes) : {}),
  };
}

/** The same as a publisher sends it: what players are told as onMetaData, servers are told to set. */
export function publishingFormat(streamId: number, form: FlvForm): Format {
  return rtmpFormat(streamId, { audio: true, video: true }, form, true);
}

/** Who gets all pictures is not moved between them, and of who has announced nothing it is not known what it takes. */
function movable(
  streamId: number,
  { audio }: FlvWanted,
  form: FlvForm,
  publishes: boolean,
): Pick<Format, "sound" | "takes"> {
  return {
    sound: () => rtmpFormat(streamId, { audio, video: false }, form, publishes),
    ...(form === usualForm ? {} : { takes: (codec) => form.video.has(codec) }),
  };
}

function isMetadata({ type, data }: FlvBody): boolean {
  return type === 18 && metadataName.every((byte, index) => data[index] === byte);
}
