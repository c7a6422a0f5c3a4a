import { fitsTs, TsMuxer } from "@sluice/media";
import { listed } from "../../segments/listed.ts";
import type { Presentation } from "../../segments/presentation.ts";
import type { Rendition, Sample, Segment } from "../../segments/rendition.ts";
import type { Bitrates } from "../../segments/variants.ts";

/** One segment as MPEG-TS: picture and sound together. */
export type TsSegment = { readonly leader: Segment; readonly bytes: Uint8Array };

const maxSegments = 200;

/** A presentation's segments once more as MPEG-TS (RFC 8216bis, 3.1.1), for players that know nothing else. They are made in order, because packets are counted across them. */
export class TransportStream {
  /** Part of the names: counting begins anew with each. */
  readonly nonce = Date.now().toString(36);
  usedAt = performance.now();
  readonly #presentation: Presentation;
  readonly #segments: TsSegment[] = [];
  readonly #stop: () => void;
  #muxer: TsMuxer | undefined;

  constructor(presentation: Presentation) {
    this.#presentation = presentation;
    this.#stop = presentation.onGrown(() => this.#grow());
    this.#grow();
  }

  /** Oldest first. */
  get segments(): readonly TsSegment[] {
    return this.#segments;
  }

  /** Small frames cost much more here than in MP4, so their size there says little. Undefined before the first segment. */
  get bitrates(): Bitrates | undefined {
    const timescale = this.#presentation.leader?.timescale ?? 1;
    const rated = this.#segments
      .map(({ leader, bytes }) => ({ bits: bytes.length * 8, seconds: leader.duration / timescale }))
      .filter(({ seconds }) => seconds > 0);
    if (rated.length === 0) return undefined;
    const sum = (each: "bits" | "seconds") => rated.reduce((total, rate) => total + rate[each], 0);
    return {
      peak: Math.max(...rated.map(({ bits, seconds }) => bits / seconds)),
      average: sum("bits") / sum("seconds"),
    };
  }

  close(): void {
    this.#stop();
  }

  find(msn: number): TsSegment | undefined {
    const first = this.#segments[0];
    return first && this.#segments[msn - first.leader.msn];
  }

  #grow(): void {
    const { leader } = this.#presentation;
    if (!leader) return;
    const others = this.#others(leader);
    const last = this.#segments.at(-1)?.leader.msn;
    for (const segment of leader.segments) {
      if (!segment.closed || segment.shed || (last !== undefined && segment.msn <= last)) continue;
      if (!this.#presentation.over && others.some((rendition) => isMissing(segment.msn, rendition))) break;
      const parts = others.map((rendition) => rendition.segments.find(({ msn }) => msn === segment.msn));
      this.#mux(
        segment,
        parts.filter((part) => part !== undefined),
      );
    }
    const [oldest] = listed(leader, this.#presentation);
    const keep = (oldest?.msn ?? 0) - 4;
    while (this.#segments.length > maxSegments || (this.#segments[0] && this.#segments[0].leader.msn < keep))
      this.#segments.shift();
  }

  /** The first sound that goes with the picture. */
  #others(leader: Rendition): Rendition[] {
    if (leader.kind === "audio") return [];
    const audio = [...this.#presentation.renditions.values()].find(
      ({ kind, track }) => kind === "audio" && fitsTs(track),
    );
    return audio ? [audio] : [];
  }

  #mux(leader: Segment, others: readonly Segment[]): void {
    const segments = [leader, ...others];
    if (!this.#muxer || leader.boundary.discontinuous) {
      this.#muxer = new TsMuxer(segments.map(({ init }) => init.track)); // packets may be counted anew
    }
    const muxer = this.#muxer;
    if (this.#presentation.hasEvents) muxer.carryId3();
    const samples = segments.flatMap(({ parts }) => parts.flatMap((part) => part.samples));
    samples.sort((a: Sample, b: Sample) => a.position - b.position);
    const events = leader.parts.flatMap((part) => part.events);
    const said = events.map(({ timeUs, tag }) => muxer.id3(timeUs, tag));
    this.#segments.push({
      leader,
      bytes: Buffer.concat([muxer.tables(), ...said, ...samples.map(({ packet }) => muxer.packet(packet))]),
    });
  }
}

/** The rendition is on its way to this segment, and has not got all of it yet. */
function isMissing(msn: number, { segments, open }: Rendition): boolean {
  const newest = segments.at(-1);
  if (!newest) return false;
  return newest.msn < msn || (newest.msn === msn && open !== undefined);
}
