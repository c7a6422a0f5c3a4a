import { describeVideo, type Packet, type VideoTrack } from "@sluice/media";
import type { Rung, RungPlan } from "../src/core/rung.ts";
import type { Stream } from "../src/core/stream.ts";
import { config, interData, keyframeData, videoTrack } from "./synthetic.ts";

/** A rung as it is planned: half of the synthetic source. */
export const rungPlan: RungPlan = { name: "240p", width: 426, height: 240, bitrate: 300_000, codec: "h264" };

/** What its encoder makes: H.264 of another level than the source. */
export const rungTrack: VideoTrack = describeVideo(
  0,
  "h264",
  videoTrack.config.map((byte, index) => (index === 3 ? 12 : byte)),
);

/** Stands for an encoder: makes of the source's pictures those of a rung, with the same times. It begins at the stream's newest keyframe. */
export function transcoded(
  stream: Stream,
  rung: Rung,
  track: VideoTrack = rungTrack,
): (packets: readonly Packet[]) => void {
  const group = stream.log.newestGroup;
  if (group) rung.begin(group);
  let begun = false;
  return (packets) => {
    for (const packet of packets) {
      if (packet.track.kind !== "video" || packet.kind !== "frame") continue;
      if (!begun) rung.append(config(track, packet.dtsUs / 1000));
      begun = true;
      rung.append({ ...packet, track, data: packet.keyframe ? keyframeData : interData });
    }
  };
}
