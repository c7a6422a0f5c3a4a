import {
  type FlvBody,
  type FlvForm,
  FlvOutput,
  type FlvWanted,
  flvBody,
  flvHeader,
  flvTimeMs,
  type Packet,
  usualForm,
  writeFlvTag,
} from "@sluice/media";
import { type Format, opening } from "../../core/format.ts";
import type { Group } from "../../core/packet-log.ts";
import { type Framing, framed } from "../../http/framing.ts";

/**
 * FLV as viewers of one form take it; header flags and tags follow what is wanted together. mpegts.js reads timestamps as signed 32 bits, so a viewer who joins after 2³⁰ ms gets times that begin anew:
 * `epochMs` is taken off, and is part of the key because it changes the bytes.
 */
export function flvFormat(framing: Framing, wanted: FlvWanted, epochMs: number, form: FlvForm = usualForm): Format {
  const output = new FlvOutput(wanted, form);
  const tags = (packets: readonly Packet[], before: Uint8Array): Uint8Array => {
    const bodies: FlvBody[] = [];
    const times: number[] = [];
    let size = before.length;
    for (const packet of packets) {
      const body = flvBody(packet, form);
      if (!body) continue;
      bodies.push(body);
      times.push(Math.max(0, flvTimeMs(packet, form) - epochMs));
      size += body.head.length + body.data.length + tagOverhead;
    }
    if (size === 0) return nothing;
    return framed(framing, size, (out, start) => {
      out.set(before, start);
      let at = start + before.length;
      bodies.forEach(({ type, head, data }, index) => {
        at = writeFlvTag(out, at, type, times[index] ?? 0, head, data);
      });
    });
  };
  const configurations = (group: Group, before: Uint8Array) => tags(output.begin(group.tracks, opening(group)), before);
  const header = ({ tracks }: Group) =>
    flvHeader({ audio: output.has("audio", tracks), video: output.has("video", tracks) });
  return {
    key: `flv/${framing}/${wanted.audio ? "a" : ""}${wanted.video ? "v" : ""}/${epochMs}${form.key && `/${form.key}`}`,
    start: (group) => configurations(group, header(group)),
    change: (group) => configurations(group, nothing),
    encode: (packet, row) => {
      const placed = output.packet(packet, row);
      return placed ? tags([placed], nothing) : nothing;
    },
    ...(wanted.video && !form.multitrack ? movable(framing, wanted, epochMs, form) : {}),
  };
}

/** The part of a stream's time that a new viewer's timestamps leave out. */
export function epochOf(streamMs: number): number {
  return Math.floor(streamMs / 2 ** 30) * 2 ** 30;
}

/** Tag header and previous tag size (FLV 10.1, annex E.4.1). */
const tagOverhead = 15;
const nothing = new Uint8Array();

/** Who gets all pictures is not moved between them, and of who says nothing it is not known what it takes. */
function movable(
  framing: Framing,
  { audio }: FlvWanted,
  epochMs: number,
  form: FlvForm,
): Pick<Format, "sound" | "takes"> {
  return {
    sound: () => flvFormat(framing, { audio, video: false }, epochMs, form),
    ...(form === usualForm ? {} : { takes: (codec) => form.video.has(codec) }),
  };
}
