import { type Attributes, readAttributes } from "./hls-attributes.ts";

/** A partial segment as it is listed. */
export type Part = {
  readonly uri: string;
  readonly duration: number;
  readonly independent: boolean;
  readonly gap: boolean;
};

/** A media segment as it is listed, with what stands before its address. */
export type Segment = {
  readonly sequence: number;
  readonly uri: string;
  readonly duration: number;
  /** PROGRAM-DATE-TIME in milliseconds, where the playlist says it. */
  readonly dateMs?: number;
  readonly discontinuity: boolean;
  readonly gap: boolean;
  /** The init segment that is in force. */
  readonly map?: string;
  /** Whether an EXT-X-MAP stands right before this segment. */
  readonly mapHere: boolean;
  readonly parts: readonly Part[];
};

export type ServerControl = {
  readonly canBlockReload: boolean;
  readonly partHoldBack?: number;
  readonly holdBack?: number;
  readonly canSkipUntil?: number;
};

export type Report = { readonly uri: string; readonly lastMsn: number; readonly lastPart?: number };

export type MediaPlaylist = {
  readonly kind: "media";
  version: number;
  targetDuration: number;
  mediaSequence: number;
  discontinuitySequence: number;
  independentSegments: boolean;
  ended: boolean;
  type?: string;
  partTarget?: number;
  control?: ServerControl;
  /** The SERVER-CONTROL and PART-INF lines as they stand. */
  constants: string;
  /** How many segments a delta update leaves out. */
  skipped?: number;
  segments: Segment[];
  /** The parts of the segment that is not complete yet. */
  openParts: Part[];
  openDiscontinuity: boolean;
  /** The init segment of the open segment. */
  openMap?: string;
  readonly hints: { readonly type: string; readonly uri: string }[];
  readonly reports: Report[];
};

export type Multivariant = {
  readonly kind: "multivariant";
  version: number;
  independentSegments: boolean;
  readonly variants: { readonly uri: string; readonly attributes: Attributes }[];
  readonly renditions: Attributes[];
};

/** Reads a playlist (RFC 8216bis, section 4) strictly: unknown tags are passed over, everything else has to be as written there. */
export function readPlaylist(text: string): { playlist: MediaPlaylist | Multivariant; problems: string[] } {
  const problems: string[] = [];
  const lines = text.split(/\r?\n/);
  if (lines[0] !== "#EXTM3U") problems.push("HLS-1: the first line is not #EXTM3U");
  if (text !== "" && !text.endsWith("\n")) problems.push("HLS-1: the last line has no end");
  const multivariant = lines.some((line) => line.startsWith("#EXT-X-STREAM-INF") || line.startsWith("#EXT-X-MEDIA:"));
  const reader = multivariant ? new MultivariantReader(problems) : new MediaReader(problems);
  const once = new Set<string>();
  for (const line of lines) {
    if (line.trim() !== "" && !line.startsWith("#")) reader.address(line);
    if (!line.startsWith("#EXT")) continue;
    const { tag, value } = readTag(line, once, problems);
    reader.tag(tag, value, line);
  }
  reader.finish(once);
  return { playlist: reader.playlist, problems };
}

function readTag(line: string, once: Set<string>, problems: string[]): { tag: string; value: string | undefined } {
  const [, tag = "", value] = /^#([A-Z0-9-]+)(?::(.*))?$/.exec(line) ?? [];
  if (tag === "") problems.push(`HLS-1: not a tag: ${line}`);
  if (onlyOnce.has(tag) && once.has(tag)) problems.push(`HLS-15: ${tag} stands there twice`);
  once.add(tag);
  return { tag, value };
}

const onlyOnce = new Set([
  "EXTM3U",
  "EXT-X-VERSION",
  "EXT-X-TARGETDURATION",
  "EXT-X-MEDIA-SEQUENCE",
  "EXT-X-DISCONTINUITY-SEQUENCE",
  "EXT-X-PART-INF",
  "EXT-X-SERVER-CONTROL",
  "EXT-X-SKIP",
  "EXT-X-ENDLIST",
  "EXT-X-PLAYLIST-TYPE",
  "EXT-X-INDEPENDENT-SEGMENTS",
  "EXT-X-START",
]);

class MultivariantReader {
  readonly playlist: Multivariant = {
    kind: "multivariant",
    version: 1,
    independentSegments: false,
    variants: [],
    renditions: [],
  };
  readonly #problems: string[];
  #variant: Attributes | undefined;

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  tag(tag: string, value: string | undefined, line: string): void {
    if (tag === "EXT-X-VERSION") this.playlist.version = Number(value);
    if (tag === "EXT-X-INDEPENDENT-SEGMENTS") this.playlist.independentSegments = true;
    if (tag === "EXT-X-MEDIA") this.playlist.renditions.push(readAttributes(tag, value, this.#problems));
    if (tag === "EXT-X-STREAM-INF") this.#variant = readAttributes(tag, value, this.#problems);
    if (mediaTags.has(tag)) this.#problems.push(`HLS-8: ${line} does not belong into a multivariant playlist`);
  }

  address(uri: string): void {
    if (this.#variant) this.playlist.variants.push({ uri, attributes: this.#variant });
    else this.#problems.push(`HLS-8: ${uri} has no EXT-X-STREAM-INF`);
    this.#variant = undefined;
  }

  finish(): void {
    if (this.#variant) this.#problems.push("HLS-8: EXT-X-STREAM-INF without an address");
  }
}

const mediaTags = new Set(["EXTINF", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-PART", "EXT-X-ENDLIST"]);

class MediaReader {
  readonly playlist: MediaPlaylist = {
    kind: "media",
    version: 1,
    targetDuration: 0,
    mediaSequence: 0,
    discontinuitySequence: 0,
    independentSegments: false,
    ended: false,
    constants: "",
    segments: [],
    openParts: [],
    openDiscontinuity: false,
    hints: [],
    reports: [],
  };
  readonly #problems: string[];
  #duration: number | undefined;
  #date: number | undefined;
  #discontinuity = false;
  #gap = false;
  #map: string | undefined;
  #mapHere = false;

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  address(uri: string): void {
    const { playlist } = this;
    if (this.#duration === undefined) this.#problems.push(`HLS-1: ${uri} has no EXTINF`);
    playlist.segments.push({
      sequence: playlist.mediaSequence + (playlist.skipped ?? 0) + playlist.segments.length,
      uri,
      duration: this.#duration ?? 0,
      ...(this.#date === undefined ? {} : { dateMs: this.#date }),
      discontinuity: this.#discontinuity,
      gap: this.#gap,
      ...(this.#map === undefined ? {} : { map: this.#map }),
      mapHere: this.#mapHere,
      parts: playlist.openParts,
    });
    playlist.openParts = [];
    this.#duration = undefined;
    this.#date = undefined;
    this.#discontinuity = false;
    this.#gap = false;
    this.#mapHere = false;
  }

  tag(tag: string, value: string | undefined, line: string): void {
    if (headTags.has(tag)) this.#head(tag, value ?? "", line);
    else if (lowLatencyTags.has(tag)) this.#lowLatency(tag, value, line);
    else this.#segmentTag(tag, value ?? "");
  }

  finish(seen: ReadonlySet<string>): void {
    if (!seen.has("EXT-X-TARGETDURATION")) this.#problems.push("HLS-15: no EXT-X-TARGETDURATION");
    if (this.#duration !== undefined) this.#problems.push("HLS-1: EXTINF without an address");
    this.playlist.openDiscontinuity = this.#discontinuity;
    if (this.#map !== undefined) this.playlist.openMap = this.#map;
  }

  #head(tag: string, value: string, line: string): void {
    const { playlist } = this;
    const late = playlist.segments.length > 0 || this.#discontinuity || playlist.skipped !== undefined;
    if (late && tag.endsWith("SEQUENCE")) this.#problems.push(`HLS-1: ${line} comes after a segment`);
    if (tag === "EXT-X-ENDLIST") playlist.ended = true;
    else if (tag === "EXT-X-INDEPENDENT-SEGMENTS") playlist.independentSegments = true;
    else if (tag !== "EXT-X-PLAYLIST-TYPE") this.#numbered(tag, value, line);
    else {
      playlist.type = value;
      if (value !== "VOD" && value !== "EVENT") this.#problems.push(`HLS-1: PLAYLIST-TYPE ${value}`);
    }
  }

  #numbered(tag: string, value: string, line: string): void {
    const number = this.#integer(value, line);
    if (tag === "EXT-X-VERSION") this.playlist.version = number;
    if (tag === "EXT-X-TARGETDURATION") this.playlist.targetDuration = number;
    if (tag === "EXT-X-MEDIA-SEQUENCE") this.playlist.mediaSequence = number;
    if (tag === "EXT-X-DISCONTINUITY-SEQUENCE") this.playlist.discontinuitySequence = number;
  }

  #segmentTag(tag: string, value: string): void {
    if (tag === "EXTINF") this.#extInf(value);
    if (tag === "EXT-X-DISCONTINUITY") this.#discontinuity = true;
    if (tag === "EXT-X-GAP") this.#gap = true;
    if (tag === "EXT-X-PROGRAM-DATE-TIME") this.#programDateTime(value);
    if (tag === "EXT-X-STREAM-INF") this.#problems.push("HLS-1: EXT-X-STREAM-INF in a media playlist");
    if (tag !== "EXT-X-MAP") return;
    const uri = readAttributes(tag, value, this.#problems).get("URI");
    if (uri === undefined) this.#problems.push("HLS-1: EXT-X-MAP without URI");
    this.#map = uri;
    this.#mapHere = true;
  }

  #extInf(value: string): void {
    if (this.#duration !== undefined) this.#problems.push("HLS-15: EXTINF stands there twice");
    if (!/^\d+(\.\d+)?,/.test(value)) this.#problems.push(`HLS-1: EXTINF:${value} is not a duration and a comma`);
    this.#duration = Number.parseFloat(value);
  }

  #programDateTime(value: string): void {
    if (this.#date !== undefined) this.#problems.push("HLS-15: PROGRAM-DATE-TIME stands there twice");
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|\+00:?00)$/.test(value)) {
      this.#problems.push(`HLS-7: ${value} is not a time in UTC with milliseconds`);
    }
    this.#date = Date.parse(value);
  }

  #lowLatency(tag: string, value: string | undefined, line: string): void {
    const { playlist } = this;
    const attributes = readAttributes(tag, value, this.#problems);
    const number = (name: string) => (attributes.has(name) ? Number(attributes.get(name)) : undefined);
    const uri = attributes.get("URI") ?? "";
    if (this.#lacks(tag, attributes)) return;
    if (tag === "EXT-X-PART-INF") {
      playlist.partTarget = number("PART-TARGET") ?? 0;
      playlist.constants += `${line}\n`;
    }
    if (tag === "EXT-X-SERVER-CONTROL") {
      playlist.control = serverControl(attributes);
      playlist.constants += `${line}\n`;
    }
    if (tag === "EXT-X-SKIP") playlist.skipped = number("SKIPPED-SEGMENTS") ?? 0;
    if (tag === "EXT-X-PRELOAD-HINT") playlist.hints.push({ type: attributes.get("TYPE") ?? "", uri });
    if (tag === "EXT-X-PART") {
      const [independent, gap] = ["INDEPENDENT", "GAP"].map((name) => attributes.get(name) === "YES");
      playlist.openParts.push({
        uri,
        duration: number("DURATION") ?? 0,
        independent: independent === true,
        gap: gap === true,
      });
    }
    if (tag === "EXT-X-RENDITION-REPORT") {
      const lastPart = number("LAST-PART");
      playlist.reports.push({
        uri,
        lastMsn: number("LAST-MSN") ?? -1,
        ...(lastPart === undefined ? {} : { lastPart }),
      });
    }
  }

  #lacks(tag: string, attributes: Attributes): boolean {
    const absent = (needed[tag] ?? []).filter((name) => !attributes.has(name));
    for (const name of absent) this.#problems.push(`HLS-1: ${tag} without ${name}`);
    return absent.length > 0;
  }

  #integer(value: string, line: string): number {
    if (!/^\d{1,16}$/.test(value)) this.#problems.push(`HLS-1: ${line} is not a whole number`);
    return Number(value);
  }
}

const headTags = new Set([
  "EXT-X-VERSION",
  "EXT-X-TARGETDURATION",
  "EXT-X-MEDIA-SEQUENCE",
  "EXT-X-DISCONTINUITY-SEQUENCE",
  "EXT-X-INDEPENDENT-SEGMENTS",
  "EXT-X-ENDLIST",
  "EXT-X-PLAYLIST-TYPE",
]);

/** Attributes that a tag cannot do without. */
const needed: Readonly<Record<string, readonly string[]>> = {
  "EXT-X-PART-INF": ["PART-TARGET"],
  "EXT-X-SKIP": ["SKIPPED-SEGMENTS"],
  "EXT-X-PRELOAD-HINT": ["TYPE", "URI"],
  "EXT-X-PART": ["URI", "DURATION"],
  "EXT-X-RENDITION-REPORT": ["URI", "LAST-MSN"],
  "EXT-X-SERVER-CONTROL": [],
};
const lowLatencyTags = new Set(Object.keys(needed));

function serverControl(attributes: Attributes): ServerControl {
  const numbers = (
    [
      ["partHoldBack", "PART-HOLD-BACK"],
      ["holdBack", "HOLD-BACK"],
      ["canSkipUntil", "CAN-SKIP-UNTIL"],
    ] as const
  ).flatMap(([key, name]) => (attributes.has(name) ? [[key, Number(attributes.get(name))]] : []));
  return { canBlockReload: attributes.get("CAN-BLOCK-RELOAD") === "YES", ...Object.fromEntries(numbers) };
}
