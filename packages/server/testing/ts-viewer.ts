import { once } from "node:events";
import { get } from "node:http";
import type { AudioTrack, Packet, VideoTrack } from "@sluice/media";
import { type MapEntry, type Pes, TsDemuxer } from "../../media/testing/ts-demuxer.ts";
import type { TestViewer } from "./conforms.ts";

/** How far the muxer's times lie after its clock, in ticks of 90 kHz. */
const lead = 9_000;

/** A viewer over HTTP-TS. `continuous`: counters may not break, which they do for one who is moved forward. */
export async function tsViewer(port: number, path: string, { continuous = false } = {}): Promise<TestViewer> {
  const packets: Packet[] = [];
  const state = { ended: undefined as string | undefined };
  const feed = demuxed(packets, continuous);
  const request = get({ port, host: "127.0.0.1", path: `/${path}`, agent: false });
  const [response] = await once(request, "response");
  if (response.statusCode !== 200) {
    response.resume();
    state.ended = `status ${response.statusCode}`;
  } else {
    response.on("data", (bytes: Buffer) => feed.push(bytes));
    response.on("end", () => {
      feed.end();
      state.ended = "end of body";
    });
  }
  response.on("error", () => {});
  request.on("error", () => {});
  return {
    packets,
    ended: () => state.ended,
    stall: () => void response.socket.pause(),
    close: () => void response.socket.destroy(),
  };
}

/** Packets as the server had them, but for their payloads, which are TS's. */
function demuxed(packets: Packet[], continuous: boolean): TsDemuxer {
  const tracks = new Map<number, VideoTrack | AudioTrack>();
  return new TsDemuxer(
    (event) => {
      if (event.kind === "pes") packets.push(frameOf(event.pes, tracks.get(event.pes.pid)));
      if (event.kind !== "map") return;
      for (const entry of event.map.streams) {
        if (tracks.has(entry.pid)) continue;
        const track = trackOf(entry);
        tracks.set(entry.pid, track);
        packets.push({ kind: "config", track, dtsUs: 0, ptsUs: 0, keyframe: false, data: new Uint8Array() });
      }
    },
    { continuous },
  );
}

function trackOf({ streamType }: MapEntry): VideoTrack | AudioTrack {
  const config = new Uint8Array();
  if (streamType === 0x1b) return { kind: "video", id: 0, codec: "h264", config };
  if (streamType === 0x0f) return { kind: "audio", id: 0, codec: "aac", config };
  throw new Error(`a stream of type ${streamType}`);
}

function frameOf({ dts, pts, randomAccess, payload }: Pes, track: VideoTrack | AudioTrack | undefined): Packet {
  if (!track) throw new Error("a frame of no track");
  const us = (ticks: number) => Math.round(((ticks - lead) * 100) / 9);
  const keyframe = track.kind === "audio" || randomAccess;
  return { kind: "frame", track, dtsUs: us(dts), ptsUs: us(pts), keyframe, data: payload };
}
