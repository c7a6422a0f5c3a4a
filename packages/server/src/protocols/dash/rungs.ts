import type { VideoCodec } from "@sluice/media";
import { plannedCodec } from "../../segments/planned.ts";
import type { Era, Presentation } from "../../segments/presentation.ts";
import type { RungRendition } from "../../segments/rung-rendition.ts";
import { frameRateOf, isThere, rungBitrates } from "../../segments/variants.ts";

/** A rung as a period lists it. */
export type RungRepresentation = { readonly key: string; readonly codec: VideoCodec; readonly text: string };

/** What a period has once said of a rung. */
type Said = { readonly rung: RungRendition; readonly codec: VideoCodec; readonly attributes: string };

const overhead = 1.08;
const said = new WeakMap<Era, Map<string, Said>>();

/**
 * The rungs of a period, the dearest first. Their segments are where the source's are, so they have no timeline of their own; where a rung has none, the source's comes in its place. What was
 * listed once stays as it was to the end of the period, also where nobody makes it any more.
 */
export function rungRepresentations(presentation: Presentation, era: Era): RungRepresentation[] {
  const { nonce, leader, rungs } = presentation;
  const known = said.get(era) ?? new Map<string, Said>();
  said.set(era, known);
  if (era === presentation.eras.at(-1) && leader) {
    for (const rung of rungs.planned) {
      if (rung.isSent && !isThere(rung.rendition)) continue;
      if (!known.has(rung.key)) known.set(rung.key, describe(rung, frameRateOf(leader)));
    }
  }
  return [...known.values()].map(({ rung, codec, attributes }) => {
    const { key, plan, rendition } = rung;
    const bandwidth = Math.ceil(rungBitrates(plan, rendition).peak * overhead);
    return {
      key,
      codec,
      text: `      <Representation id="${key}" bandwidth="${bandwidth}"${attributes}><SegmentTemplate initialization="${key}/${nonce}-e${era.number}.mp4" media="${key}/${nonce}-$Number$.f.m4s"/></Representation>`,
    };
  });
}

function describe(rung: RungRendition, sourceRate: number | undefined): Said {
  const { plan, rendition } = rung;
  const track = rendition?.track.kind === "video" ? rendition.track : undefined;
  const rate = plan.frameRate ?? (rung.isSent && rendition ? frameRateOf(rendition) : undefined) ?? sourceRate;
  const codecs = track?.codecString ?? plannedCodec(plan, rate);
  const [width, height] = [track?.width ?? plan.width, track?.height ?? plan.height];
  const named = codecs === undefined ? "" : ` codecs="${codecs}"`;
  const frames = rate === undefined ? "" : ` frameRate="${Math.max(1, Math.round(rate))}"`;
  return { rung, codec: plan.codec, attributes: `${named} width="${width}" height="${height}"${frames}` };
}
