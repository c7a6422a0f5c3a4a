import type { Packet, Track } from "@sluice/media";
import { allCodecs, type CodecPolicy, codecName } from "../../core/codec-policy.ts";

/** Where what a publisher sends goes. `refused`: it is something that the app does not take; nothing more is asked for. */
export type IntakeEnds = { append(packet: Packet): void; refused(reason: string): void };

/**
 * Lets through what an app takes of a publisher's packets. Only what is sent counts: a publisher need not have announced anything. Where an app takes everything the packets pass untouched.
 */
export function intake(
  app: string,
  { in: taken, multitrack }: CodecPolicy,
  ends: IntakeEnds,
): (packet: Packet) => void {
  const takesAll = taken.video === allCodecs.video && taken.audio === allCodecs.audio && multitrack;
  if (takesAll) return (packet) => ends.append(packet);
  return (packet) => {
    const { track } = packet;
    if (!multitrack && track.id !== 0) return;
    const reason = packet.kind === "config" ? whyNot(app, track, taken) : undefined;
    if (reason === undefined) ends.append(packet);
    else ends.refused(reason);
  };
}

function whyNot(app: string, track: Track, { video, audio }: CodecPolicy["in"]): string | undefined {
  if (track.kind === "data") return undefined;
  if (track.kind === "video" ? video.has(track.codec) : audio.has(track.codec)) return undefined;
  const [medium, key] = track.kind === "video" ? ["video", "videoIn"] : ["sound", "audioIn"];
  const allowed = [...(track.kind === "video" ? video : audio)].map(codecName).join(", ");
  return `this app takes no ${codecName(track.codec)} ${medium}; send ${allowed || "none"} (apps.${app}.enhanced.${key})`;
}
