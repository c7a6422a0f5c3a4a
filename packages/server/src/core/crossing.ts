import type { Format } from "./format.ts";
import type { PacketLog } from "./packet-log.ts";
import type { Readable } from "./readable.ts";

/** What a cursor goes over to. `apart`: its keyframes have other times than those of what is read now. */
export type Target = {
  readonly stream: Readable;
  readonly format: Format;
  readonly apart?: Apart;
  /** It goes over to nothing: its part ends there. */
  readonly stopped?: (atUs: number | undefined) => void;
};

/** Where a cursor stands whose picture has been left out: the time of the last frame that was written of it. */
export type Apart = { readonly pictureUs: number };

/** The first frame of the picture from this position on, where there is one before `limit`. */
export function pictureFrom(
  log: PacketLog,
  from: number,
  limit: number,
): { at: number; keyframe: boolean } | undefined {
  for (let at = from; at < limit; at++) {
    const packet = log.at(at);
    if (packet?.kind === "frame" && packet.track.kind === "video") return { at, keyframe: packet.keyframe };
  }
  return undefined;
}
