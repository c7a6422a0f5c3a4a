import { type Ask, answer } from "./answer.ts";
import { initBytes, segmentBytes } from "./encoded.ts";
import type { Init, Rendition, Segment } from "./rendition.ts";
import { isGap, type RungRendition } from "./rung-rendition.ts";
import { gone, segmentAt, send } from "./sending.ts";
import type { Awaited } from "./waiting.ts";

/** How many target durations a request waits at most. */
const waitTargets = 3;

/** How an answer waits, and how one grows. */
type Answering = {
  wait(ask: Ask, awaited: Awaited, ready: (asks: readonly Ask[]) => void): void;
  growing(ask: Ask, rendition: Rendition, segment: Segment, before: Uint8Array | undefined): void;
};

/** What of a rung answers for a segment: it has it, or will have it, or never will. */
type Own = Segment | "later" | "never";

/**
 * The segments of rungs as players want them that cannot take a hole: DASH's. Where a rung has none (it is not made yet, or its encoder has died) the source's takes its place, with the init
 * segment that it needs in front, as ISO/IEC 14496-12 allows; from then on all of the rung's have theirs in front.
 */
export class RungFiles {
  readonly #files: Answering;

  constructor(files: Answering) {
    this.#files = files;
  }

  /** The init segment of a rung in an era; the source's as long as it has none, which fits as well: see above. */
  init(ask: Ask, key: string, era: number): void {
    const { presentation } = ask;
    const rung = presentation.rungs.find(key);
    if (!rung) throw gone();
    presentation.rungs.want();
    const own = initIn(rung.rendition, era);
    if (rung.rendition && own) {
      const bytes = initBytes(rung.rendition, own);
      const etag = `"${presentation.nonce}-i${own.number}"`;
      return answer(ask, { type: "video/mp4", cache: "public, max-age=60", etag, bytes });
    }
    const source = this.#source(ask, rung);
    const init = initIn(source, era);
    if (!init) throw gone();
    rung.mixed = true;
    const etag = `"${presentation.nonce}-s${init.number}"`;
    answer(ask, { type: "video/mp4", cache: "no-store", etag, bytes: initBytes(source, init) });
  }

  segment(ask: Ask, key: string, msn: number): void {
    const { presentation } = ask;
    const rung = presentation.rungs.find(key);
    if (!rung) throw gone();
    if (msn > (presentation.leader?.msn ?? 0) + 1) throw gone();
    presentation.rungs.want();
    const { rendition } = rung;
    if (!rendition) return this.#fill(ask, rung, msn);
    const isReady = () => own(rung, msn) !== "later";
    const seconds = (presentation.targetSeconds ?? 1) * waitTargets;
    this.#files.wait(ask, { rendition, isReady, seconds }, () => {
      const found = own(rung, msn);
      if (found === "later" || found === "never") this.#fill(ask, rung, msn);
      else this.#send(ask, rendition, found, rung.mixed, `f${msn}`);
    });
  }

  #fill(ask: Ask, rung: RungRendition, msn: number): void {
    const source = this.#source(ask, rung);
    const segment = segmentAt(source, msn);
    if (!segment || segment.parts.length === 0) throw gone();
    rung.mixed = true;
    this.#send(ask, source, segment, true, undefined);
  }

  #send(ask: Ask, rendition: Rendition, segment: Segment, isWhole: boolean, name: string | undefined): void {
    const before = isWhole ? initBytes(rendition, segment.init) : undefined;
    if (!segment.closed) return this.#files.growing(ask, rendition, segment, before);
    const bytes = segmentBytes(rendition, segment);
    const joined = (media: Uint8Array) => (before ? Buffer.concat([before, media]) : media);
    const whole = bytes instanceof Promise ? bytes.then(joined) : joined(bytes);
    send([ask], rendition, name, whole);
  }

  /** Throws an `HttpError` where the source is nothing that a player of the rung could go on with. */
  #source({ presentation: { leader } }: Ask, { plan }: RungRendition): Rendition {
    if (leader?.kind !== "video" || leader.track.codec !== plan.codec) throw gone();
    return leader;
  }
}

function own({ rendition, isFed }: RungRendition, msn: number): Own {
  if (!rendition) return "never";
  const segment = segmentAt(rendition, msn);
  const isComing = !segment || (!segment.closed && segment.parts.length === 0);
  if (isComing) return isFed && rendition.msn <= msn ? "later" : "never";
  return isGap(segment) ? "never" : segment;
}

function initIn(rendition: Rendition | undefined, era: number): Init | undefined {
  return rendition?.segments.findLast(({ boundary, parts }) => boundary.era === era && parts.length > 0)?.init;
}
