import { HttpError } from "../../http/http-error.ts";
import type { Rendition } from "../../segments/rendition.ts";

/** What a playlist request waits for (RFC 8216bis, 6.2.5.2). */
export type Directives = { readonly msn: number; readonly part: number | undefined };

const whole = /^\d{1,15}$/;

/**
 * The delivery directives of a request; undefined when it waits for nothing. Throws an `HttpError` for what the specification forbids. How far ahead a request is goes by the `leader`, where
 * that is ahead of the rendition: players that come over from it know its numbers.
 */
export function directives(
  query: ReadonlyMap<string, string>,
  rendition: Rendition,
  partSeconds: number,
  leader: Rendition = rendition,
): Directives | undefined {
  const [msnText, partText] = [query.get("_HLS_msn"), query.get("_HLS_part")];
  if (msnText === undefined) {
    if (partText !== undefined) throw wrong("_HLS_part needs _HLS_msn");
    return undefined;
  }
  if (!whole.test(msnText)) throw wrong("_HLS_msn is not a whole number");
  if (partText !== undefined && !whole.test(partText)) throw wrong("_HLS_part is not a whole number");
  const asked = { msn: Number(msnText), part: partText === undefined ? undefined : Number(partText) };
  checkAhead(asked, leader.msn > rendition.msn ? leader : rendition, partSeconds);
  return asked;
}

function checkAhead({ msn, part }: Directives, { segments }: Rendition, partSeconds: number): void {
  const last = segments.at(-1);
  const newest = last ? last.msn - (last.closed ? 0 : 1) : 0;
  if (msn > newest + 2) throw wrong("_HLS_msn is too far ahead");
  if (part === undefined || msn <= newest) return;
  const parts = last?.msn === msn ? last.parts.length : 0;
  const ahead = partSeconds < 1 ? Math.ceil(3 / partSeconds) : 3;
  if (part > parts + ahead) throw wrong("_HLS_part is too far ahead");
}

/** Whether the playlist has what was waited for. A part beyond its segment's last is the next segment's first. */
export function isThere(rendition: Rendition, { msn, part }: Directives): boolean {
  const last = rendition.segments.at(-1);
  if (!last || last.msn < msn) return false;
  if (part === undefined) return last.msn > msn || last.closed;
  if (last.msn === msn) return last.parts.length > part;
  const asked = rendition.segments[msn - (rendition.segments[0]?.msn ?? 0)];
  const isBeyond = asked !== undefined && part >= asked.parts.length;
  return !isBeyond || last.msn > msn + 1 || last.parts.length > 0;
}

function wrong(what: string): HttpError {
  return new HttpError(400, "hls/directive", what);
}
