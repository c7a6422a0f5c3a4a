import { type Element, readXml } from "./xml.ts";

/** One segment that a timeline names, times in the representation's timescale. */
export type TimelineEntry = { readonly time: number; readonly duration: number; readonly number: number };

export type Template = {
  readonly timescale: number;
  readonly media: string;
  readonly initialization: string;
  readonly startNumber: number;
  readonly presentationTimeOffset: number;
  readonly availabilityTimeOffset: number;
  readonly availabilityTimeComplete: boolean;
  readonly timeline: readonly TimelineEntry[];
};

export type Representation = {
  readonly id: string;
  readonly contentType: string;
  readonly mimeType: string;
  readonly codecs: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly template: Template;
};

export type Period = {
  readonly id: string;
  readonly start: number;
  readonly duration?: number;
  readonly sets: readonly {
    readonly attributes: ReadonlyMap<string, string>;
    readonly representations: readonly Representation[];
  }[];
};

/** A manifest, durations in seconds and moments in milliseconds. */
export type Mpd = {
  readonly attributes: ReadonlyMap<string, string>;
  readonly type: string;
  readonly availabilityStartMs: number;
  readonly publishMs: number;
  readonly minimumUpdatePeriod?: number;
  readonly timeShiftBufferDepth?: number;
  readonly suggestedPresentationDelay?: number;
  readonly latencyTargetMs?: number;
  readonly utcTimings: readonly { readonly scheme: string; readonly value: string }[];
  readonly base: string;
  /** Where the manifest is loaded from the second time on. */
  readonly location?: string;
  readonly periods: readonly Period[];
};

/** Reads an MPD (ISO/IEC 23009-1, section 5.3) whose segments are named by templates with timelines. Throws an Error for what is none. */
export function readMpd(text: string): Mpd {
  const root = readXml(text);
  if (root.name !== "MPD") throw new Error(`the document is a ${root.name}`);
  if (root.attributes.get("xmlns") !== "urn:mpeg:dash:schema:mpd:2011") throw new Error("another xmlns than DASH's");
  const { attributes } = root;
  const seconds = (name: string) => readDuration(attributes.get(name), name);
  const latency = named(root, "ServiceDescription")
    .flatMap((each) => named(each, "Latency"))[0]
    ?.attributes.get("target");
  const location = named(root, "Location")[0]?.text;
  return {
    attributes,
    type: attributes.get("type") ?? "static",
    availabilityStartMs: readDate(attributes.get("availabilityStartTime")),
    publishMs: readDate(attributes.get("publishTime")),
    ...optional("minimumUpdatePeriod", seconds("minimumUpdatePeriod")),
    ...optional("timeShiftBufferDepth", seconds("timeShiftBufferDepth")),
    ...optional("suggestedPresentationDelay", seconds("suggestedPresentationDelay")),
    ...optional("latencyTargetMs", latency === undefined ? undefined : Number(latency)),
    utcTimings: named(root, "UTCTiming").map((each) => ({
      scheme: each.attributes.get("schemeIdUri") ?? "",
      value: each.attributes.get("value") ?? "",
    })),
    base: named(root, "BaseURL")[0]?.text ?? "",
    ...(location === undefined ? {} : { location }),
    periods: named(root, "Period").map(readPeriod),
  };
}

function named(element: Element, name: string): Element[] {
  return element.children.filter((child) => child.name === name);
}

function optional<Key extends string>(key: Key, value: number | undefined): { readonly [key in Key]?: number } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in Key]?: number };
}

/** An xs:duration without years and months. */
function readDuration(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const [whole, days, hours, minutes, seconds] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text) ?? [];
  if (whole === undefined || /^P$|T$/.test(text)) throw new Error(`${name} ${text} is no duration`);
  return Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
}

function readDate(text: string | undefined): number {
  if (text === undefined) return Number.NaN;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) throw new Error(`${text} is no time in UTC`);
  return Date.parse(text);
}

function readPeriod(element: Element): Period {
  const duration = readDuration(element.attributes.get("duration"), "Period@duration");
  return {
    id: element.attributes.get("id") ?? "",
    start: readDuration(element.attributes.get("start"), "Period@start") ?? 0,
    ...(duration === undefined ? {} : { duration }),
    sets: named(element, "AdaptationSet").map((set) => ({
      attributes: set.attributes,
      representations: named(set, "Representation").map((each) => readRepresentation(each, set, element)),
    })),
  };
}

/** What stands further out counts where nothing stands further in. */
function readRepresentation(element: Element, set: Element, period: Element): Representation {
  const attributes = new Map([...set.attributes, ...element.attributes]);
  const mimeType = attributes.get("mimeType") ?? "";
  const templates = [period, set, element].flatMap((each) => named(each, "SegmentTemplate"));
  if (templates.length === 0) throw new Error(`representation ${attributes.get("id")} has no SegmentTemplate`);
  return {
    id: element.attributes.get("id") ?? "",
    contentType: attributes.get("contentType") ?? mimeType.split("/")[0] ?? "",
    mimeType,
    codecs: attributes.get("codecs") ?? "",
    attributes,
    template: readTemplate(templates),
  };
}

function readTemplate(templates: readonly Element[]): Template {
  const attributes = new Map(templates.flatMap((each) => [...each.attributes]));
  const whole = (name: string, absent: number) => {
    const text = attributes.get(name);
    if (text === undefined) return absent;
    if (!/^\d{1,16}$/.test(text)) throw new Error(`SegmentTemplate@${name} is ${text}`);
    return Number(text);
  };
  const timeline = templates.flatMap((each) => named(each, "SegmentTimeline")).at(-1);
  if (!timeline) throw new Error("a SegmentTemplate without SegmentTimeline");
  const offset = attributes.get("availabilityTimeOffset") ?? "0";
  const startNumber = whole("startNumber", 1);
  return {
    timescale: whole("timescale", 1),
    media: attributes.get("media") ?? "",
    initialization: attributes.get("initialization") ?? "",
    startNumber,
    presentationTimeOffset: whole("presentationTimeOffset", 0),
    availabilityTimeOffset: offset === "INF" ? Number.POSITIVE_INFINITY : Number(offset),
    availabilityTimeComplete: attributes.get("availabilityTimeComplete") !== "false",
    timeline: readTimeline(timeline, startNumber),
  };
}

const maxEntries = 100_000;

function readTimeline(element: Element, startNumber: number): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  let time = 0;
  let number = startNumber;
  for (const run of element.children) {
    const { t = time, d, n = number, r = 0 } = readRun(run);
    if (d === undefined) throw new Error("S without d");
    if (entries.length + r > maxEntries) throw new Error("a timeline without end");
    for (let repeat = 0; repeat <= r; repeat++) entries.push({ time: t + repeat * d, duration: d, number: n + repeat });
    time = t + (r + 1) * d;
    number = n + r + 1;
  }
  return entries;
}

function readRun({ name, attributes }: Element): Partial<Record<string, number>> {
  if (name !== "S") throw new Error(`${name} in a SegmentTimeline`);
  return Object.fromEntries(
    [...attributes].map(([key, value]) => {
      if (!/^\d{1,16}$/.test(value)) throw new Error(`S with ${key}="${value}"`);
      return [key, Number(value)];
    }),
  );
}

/** The address that a template gives (ISO/IEC 23009-1, section 5.3.9.4.4). */
export function addressOf(template: string, { id, attributes }: Representation, entry?: TimelineEntry): string {
  const values: Readonly<Record<string, string | undefined>> = {
    RepresentationID: id,
    Bandwidth: attributes.get("bandwidth"),
    Number: entry && String(entry.number),
    Time: entry && String(entry.time),
    "": "$",
  };
  return template.replace(
    /\$(RepresentationID|Bandwidth|Number|Time|)(?:%0(\d)d)?\$/g,
    (_, name: string, width = "0") => {
      const value = values[name];
      if (value === undefined) throw new Error(`$${name}$ has no value in ${template}`);
      return value.padStart(Number(width), "0");
    },
  );
}
