import { audioFourCc, fourCcText, videoFourCc } from "@sluice/media";
import { type Capabilities, CapsEx, FourCcInfo } from "@sluice/rtmp";
import type { CodecPolicy } from "../../core/codec-policy.ts";

/** Each policy's announcement, made once. */
const announcements = new WeakMap<CodecPolicy, Capabilities>();

/**
 * What we tell peers that announce something themselves. A codec that comes in and goes out is forwarded; one that only comes in we take as a decoder would, one that only goes out we send as
 * an encoder would. The list, which knows no such differences, says what may be published.
 */
export function announcementOf(policy: CodecPolicy): Capabilities {
  const known = announcements.get(policy);
  if (known) return known;
  const video = flagsOf(videoFourCc, policy.in.video, policy.out.video);
  const audio = flagsOf(audioFourCc, policy.in.audio, policy.out.audio);
  const made: Capabilities = {
    fourCcList: new Set([...video, ...audio].filter(([, flags]) => flags !== FourCcInfo.encode).map(([code]) => code)),
    video,
    audio,
    capsEx:
      CapsEx.reconnect |
      (policy.multitrack ? CapsEx.multitrack : 0) |
      CapsEx.modEx |
      (policy.nanoseconds ? CapsEx.timestampNanoOffset : 0),
  };
  announcements.set(policy, made);
  return made;
}

function flagsOf<Codec extends string>(
  codes: Readonly<Partial<Record<Codec, number>>>,
  comesIn: ReadonlySet<Codec>,
  goesOut: ReadonlySet<Codec>,
): Map<string, number> {
  const flags = new Map<string, number>();
  for (const [codec, code] of Object.entries(codes) as [Codec, number][]) {
    const [isIn, isOut] = [comesIn.has(codec), goesOut.has(codec)];
    if (isIn && isOut) flags.set(fourCcText(code), FourCcInfo.forward);
    else if (isIn) flags.set(fourCcText(code), FourCcInfo.decode);
    else if (isOut) flags.set(fourCcText(code), FourCcInfo.encode);
  }
  return flags;
}
