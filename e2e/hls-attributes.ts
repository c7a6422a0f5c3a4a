/** An attribute list by name, quotes taken off. */
export type Attributes = ReadonlyMap<string, string>;

type Form = keyof typeof forms;

/** What the values of an attribute look like (RFC 8216bis, section 4.2). */
const forms = {
  quoted: /^"[^"\r\n]*"$/,
  integer: /^\d{1,20}$/,
  float: /^\d+(\.\d+)?$/,
  signed: /^-?\d+(\.\d+)?$/,
  yes: /^YES$/,
  yesNo: /^(YES|NO)$/,
  resolution: /^\d+x\d+$/,
  word: /^[^",\s]+$/,
  quotedOrNone: /^("[^"\r\n]*"|NONE)$/,
} as const;

const known: Readonly<Record<string, Readonly<Record<string, Form>>>> = {
  "EXT-X-STREAM-INF": {
    BANDWIDTH: "integer",
    "AVERAGE-BANDWIDTH": "integer",
    CODECS: "quoted",
    "SUPPLEMENTAL-CODECS": "quoted",
    RESOLUTION: "resolution",
    "FRAME-RATE": "float",
    AUDIO: "quoted",
    VIDEO: "quoted",
    SUBTITLES: "quoted",
    "CLOSED-CAPTIONS": "quotedOrNone",
    NAME: "quoted",
  },
  "EXT-X-MEDIA": {
    TYPE: "word",
    URI: "quoted",
    "GROUP-ID": "quoted",
    LANGUAGE: "quoted",
    NAME: "quoted",
    DEFAULT: "yesNo",
    AUTOSELECT: "yesNo",
    FORCED: "yesNo",
    CHANNELS: "quoted",
  },
  "EXT-X-MAP": { URI: "quoted", BYTERANGE: "quoted" },
  "EXT-X-PART": { URI: "quoted", DURATION: "float", INDEPENDENT: "yes", GAP: "yes", BYTERANGE: "quoted" },
  "EXT-X-PART-INF": { "PART-TARGET": "float" },
  "EXT-X-SERVER-CONTROL": {
    "CAN-BLOCK-RELOAD": "yes",
    "CAN-SKIP-UNTIL": "float",
    "CAN-SKIP-DATERANGES": "yes",
    "HOLD-BACK": "float",
    "PART-HOLD-BACK": "float",
  },
  "EXT-X-PRELOAD-HINT": {
    TYPE: "word",
    URI: "quoted",
    "BYTERANGE-START": "integer",
    "BYTERANGE-LENGTH": "integer",
  },
  "EXT-X-RENDITION-REPORT": { URI: "quoted", "LAST-MSN": "integer", "LAST-PART": "integer" },
  "EXT-X-SKIP": { "SKIPPED-SEGMENTS": "integer", "RECENTLY-REMOVED-DATERANGES": "quoted" },
};

/** Reads an attribute list; what is not written as it must be is added to `problems`. */
export function readAttributes(tag: string, value: string | undefined, problems: string[]): Attributes {
  const attributes = new Map<string, string>();
  let rest = value ?? "";
  while (rest !== "") {
    const [whole = "", name = "", raw = "", comma] = /^([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(,|$)/.exec(rest) ?? [];
    if (whole === "" || (comma === "," && whole.length === rest.length)) {
      problems.push(`HLS-1: ${tag} has no attribute list from "${rest}" on`);
      break;
    }
    if (attributes.has(name)) problems.push(`HLS-15: ${tag} has ${name} twice`);
    const form = known[tag]?.[name];
    if (form && !forms[form].test(raw)) problems.push(`HLS-1: ${tag} has ${name}=${raw}, which is no ${form}`);
    attributes.set(name, raw.startsWith('"') ? raw.slice(1, -1) : raw);
    rest = rest.slice(whole.length);
  }
  return attributes;
}
