/** What a viewer asks of the qualities of a stream. */
export type Wish = {
  /** False: it is not moved by what its socket takes. */
  readonly adaptive?: boolean;
  /** The only one that it wants, by name. */
  readonly rung?: string;
  /** Bits per second at most. */
  readonly maxBitrate?: number;
  /** The sound that it wants, by its track's number; the default one where the stream has none such. */
  readonly sound?: number;
};

const units = { "": 1, k: 1_000, m: 1_000_000 } as const;
const number = /^(\d{1,9}(?:\.\d{1,3})?)([km]?)$/i;
const name = /^[\w.-]{1,32}$/;
const track = /^\d{1,3}$/;
const maxTrack = 255;

/**
 * What the query of an address says (`rendition=720p`, `max=1500k`, `adaptive=0`, `audio=1`), within what the viewer's right allows (bits per second); undefined where it says nothing. A sentence when it
 * cannot be understood.
 */
export function wishOf(query: ReadonlyMap<string, string>, allowed?: number): Wish | string | undefined {
  const [rung, max, adaptive] = [query.get("rendition"), query.get("max"), query.get("adaptive")];
  const audio = query.get("audio");
  if ([rung, max, adaptive, allowed, audio].every((each) => each === undefined)) return undefined;
  if (rung !== undefined && !name.test(rung)) return "rendition is no name of a quality; write 720p, source or audio";
  const asked = max === undefined ? undefined : bitrateOf(max);
  if (max !== undefined && asked === undefined) return "max is no bitrate; write 1500k, 2.5m or bits per second";
  if (audio !== undefined && !(track.test(audio) && Number(audio) <= maxTrack))
    return "audio is no number of a track; write 0 for the default one, 1, 2 …";
  const maxBitrate = Math.min(asked ?? Number.POSITIVE_INFINITY, allowed ?? Number.POSITIVE_INFINITY);
  return {
    ...(adaptive === "0" ? { adaptive: false } : {}),
    ...(rung === undefined ? {} : { rung }),
    ...(audio === undefined ? {} : { sound: Number(audio) }),
    ...(maxBitrate === Number.POSITIVE_INFINITY ? {} : { maxBitrate }),
  };
}

function bitrateOf(text: string): number | undefined {
  const [, digits, unit = ""] = number.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * units[unit.toLowerCase() as keyof typeof units];
}
