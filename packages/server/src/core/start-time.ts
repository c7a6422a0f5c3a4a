/** How a viewer says where to begin: so long ago, in seconds unless a unit says otherwise … */
const ago = /^-(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/;
/** … or at a time: seconds since 1970, or ISO 8601. The zone's plus is a space where a query was decoded. */
const unix = /^\d{1,11}(?:\.\d{1,6})?$/;
const iso = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:Z|([+ -])(\d\d):?(\d\d))?$/;

const unitsUs = { ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 } as const;

/** How long ago a viewer wants to begin who wrote `from`, in microseconds: 0 for now and what is to come. Undefined when it is no time. */
export function delayOf(from: string, wallMs: number): number | undefined {
  const [, count, unit = "s"] = ago.exec(from) ?? [];
  if (count !== undefined) return Number(count) * unitsUs[unit as keyof typeof unitsUs];
  const timeMs = unix.test(from) ? Number(from) * 1000 : isoMs(from);
  return timeMs === undefined || Number.isNaN(timeMs) ? undefined : Math.max(0, Math.round((wallMs - timeMs) * 1000));
}

/** Without a zone it is UTC: a viewer elsewhere means the same. */
function isoMs(text: string): number | undefined {
  const [, time, sign, hours, minutes] = iso.exec(text) ?? [];
  if (time === undefined) return undefined;
  return Date.parse(`${time}${hours === undefined ? "Z" : `${sign === "-" ? "-" : "+"}${hours}:${minutes}`}`);
}
