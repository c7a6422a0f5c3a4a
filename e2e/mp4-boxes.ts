/** What an init segment says of one track. */
export type InitTrack = {
  readonly id: number;
  readonly timescale: number;
  /** `vide` or `soun`. */
  readonly handler: string;
  /** The sample entry: `avc1`, `hvc1`, `mp4a` … */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Where the presentation begins in the media, by the edit list. */
  readonly editTime: number;
  readonly defaultDuration: number;
  readonly defaultFlags: number;
};

export type Init = { readonly brands: readonly string[]; readonly tracks: readonly InitTrack[] };

export type SampleBox = {
  readonly duration: number;
  readonly size: number;
  readonly sync: boolean;
  readonly compositionOffset: number;
};

/** A moof and its mdat. */
export type Fragment = {
  readonly trackId: number;
  readonly sequence: number;
  /** tfdt. */
  readonly baseTime: number;
  readonly samples: readonly SampleBox[];
  readonly dataLength: number;
  /** What a prft before it says: when, and at which media time. */
  readonly producer?: { readonly wallMs: number; readonly mediaTime: number };
};

export type Fragments = {
  readonly fragments: readonly Fragment[];
  readonly boxes: readonly string[];
  readonly problems: readonly string[];
};

type Box = { readonly type: string; readonly start: number; readonly view: DataView };

/** The boxes that lie behind each other in `view` (ISO/IEC 14496-12, section 4.2). */
function boxes(view: DataView, from = 0): Box[] {
  const found: Box[] = [];
  for (let at = from; at < view.byteLength; ) {
    if (view.byteLength - at < 8) throw new Error(`${view.byteLength - at} bytes after the last box`);
    const size = view.getUint32(at);
    const type = text(view, at + 4);
    if (size < 8 || size > view.byteLength - at) throw new Error(`${type} says that it has ${size} bytes`);
    found.push({ type, start: at, view: new DataView(view.buffer, view.byteOffset + at + 8, size - 8) });
    at += size;
  }
  return found;
}

function text(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The first box on a path of types. */
function find(view: DataView, ...path: string[]): DataView | undefined {
  let at: DataView | undefined = view;
  for (const type of path) at = at && boxes(at).find((box) => box.type === type)?.view;
  return at;
}

function need(view: DataView, ...path: string[]): DataView {
  const found = find(view, ...path);
  if (!found) throw new Error(`no ${path.join("/")}`);
  return found;
}

/** Reads ftyp and moov. */
export function readInit(bytes: Uint8Array): Init {
  const view = viewOf(bytes);
  const ftyp = need(view, "ftyp");
  const brands = [text(ftyp, 0)];
  for (let at = 8; at < ftyp.byteLength; at += 4) brands.push(text(ftyp, at));
  const moov = need(view, "moov");
  const defaults = boxes(need(moov, "mvex")).filter(({ type }) => type === "trex");
  const tracks = boxes(moov)
    .filter(({ type }) => type === "trak")
    .map(({ view: trak }) => {
      const tkhd = need(trak, "tkhd");
      const id = tkhd.getUint32(tkhd.getUint8(0) === 1 ? 20 : 12);
      const mdhd = need(trak, "mdia", "mdhd");
      const entry = boxes(need(trak, "mdia", "minf", "stbl", "stsd"), 8)[0];
      if (!entry) throw new Error("no sample entry");
      const trex = defaults.find((box) => box.view.getUint32(4) === id)?.view;
      if (!trex) throw new Error(`no trex for track ${id}`);
      return {
        id,
        timescale: mdhd.getUint32(mdhd.getUint8(0) === 1 ? 20 : 12),
        handler: text(need(trak, "mdia", "hdlr"), 8),
        codec: entry.type,
        width: entry.view.getUint16(24),
        height: entry.view.getUint16(26),
        editTime: editTime(find(trak, "edts", "elst")),
        defaultDuration: trex.getUint32(12),
        defaultFlags: trex.getUint32(20),
      };
    });
  return { brands, tracks };
}

function editTime(elst: DataView | undefined): number {
  if (!elst || elst.getUint32(4) === 0) return 0;
  return elst.getUint8(0) === 1 ? Number(elst.getBigInt64(16)) : elst.getInt32(12);
}

/** Reads a media segment or a part of one, and says what CMAF does not allow in it (ISO/IEC 23000-19, section 7.3). */
export function readFragments(bytes: Uint8Array, init: Init): Fragments {
  const problems: string[] = [];
  const fragments: Fragment[] = [];
  const view = viewOf(bytes);
  const top = boxes(view);
  let producer: Fragment["producer"];
  for (const [index, { type, start, view: body }] of top.entries()) {
    if (type === "prft") producer = readProducer(body);
    if (type !== "moof") continue;
    const data = top[index + 1];
    if (data?.type !== "mdat") {
      problems.push(`a moof is followed by ${data?.type ?? "nothing"}`);
      continue;
    }
    const fragment = readMoof(body, data.start + 8 - start, data.view.byteLength, init, problems);
    fragments.push({ ...fragment, ...(producer ? { producer } : {}) });
    producer = undefined;
  }
  const known = new Set(["styp", "prft", "moof", "mdat", "emsg", "sidx"]);
  for (const { type } of top) if (!known.has(type)) problems.push(`a ${type} in a media segment`);
  if (fragments.length === 0) problems.push("no moof in a media segment");
  return { fragments, boxes: top.map(({ type }) => type), problems };
}

const ntpEpochSeconds = 2_208_988_800;

function readProducer(view: DataView): { wallMs: number; mediaTime: number } {
  const seconds = view.getUint32(8) - ntpEpochSeconds;
  const fraction = view.getUint32(12) / 2 ** 32;
  const mediaTime = view.getUint8(0) === 1 ? Number(view.getBigUint64(16)) : view.getUint32(16);
  return { wallMs: (seconds + fraction) * 1_000, mediaTime };
}

const defaultBaseIsMoof = 0x020000;

function readMoof(moof: DataView, dataAt: number, dataLength: number, init: Init, problems: string[]): Fragment {
  const trafs = boxes(moof).filter(({ type }) => type === "traf");
  const traf = trafs[0];
  if (!traf || trafs.length > 1) throw new Error(`${trafs.length} traf in a moof`);
  const tfhd = need(traf.view, "tfhd");
  const tfdt = need(traf.view, "tfdt");
  const flags = tfhd.getUint32(0) & 0xffffff;
  if (!(flags & defaultBaseIsMoof)) problems.push("tfhd without default-base-is-moof");
  if (tfdt.getUint8(0) !== 1) problems.push("tfdt is not version 1");
  const trackId = tfhd.getUint32(4);
  const track = init.tracks.find(({ id }) => id === trackId);
  if (!track) throw new Error(`track ${trackId} is not in the init segment`);
  const defaults = readDefaults(tfhd, flags, track);
  const runs = boxes(traf.view).filter(({ type }) => type === "trun");
  if (runs.length !== 1) problems.push(`${runs.length} trun in a traf`);
  const samples = runs.flatMap(({ view }) => readRun(view, defaults, dataAt, problems));
  const sum = samples.reduce((bytes, { size }) => bytes + size, 0);
  if (sum !== dataLength) problems.push(`samples of ${sum} bytes in an mdat of ${dataLength}`);
  return {
    trackId,
    sequence: need(moof, "mfhd").getUint32(4),
    baseTime: tfdt.getUint8(0) === 1 ? Number(tfdt.getBigUint64(4)) : tfdt.getUint32(4),
    samples,
    dataLength,
  };
}

type Defaults = { readonly duration: number; readonly size: number; readonly flags: number };

function readDefaults(tfhd: DataView, flags: number, track: InitTrack): Defaults {
  let at = 8;
  const field = (bit: number, absent: number, length = 4) => {
    if (!(flags & bit)) return absent;
    at += length;
    return tfhd.getUint32(at - 4);
  };
  field(0x01, 0, 8);
  field(0x02, 0);
  const duration = field(0x08, track.defaultDuration);
  const size = field(0x10, 0);
  return { duration, size, flags: field(0x20, track.defaultFlags) };
}

const isNonSync = 0x010000;

function readRun(view: DataView, defaults: Defaults, dataAt: number, problems: string[]): SampleBox[] {
  const flags = view.getUint32(0) & 0xffffff;
  const signed = view.getUint8(0) === 1;
  if (!signed && flags & 0x800) problems.push("trun with composition offsets is not version 1");
  const count = view.getUint32(4);
  let at = 8;
  const field = (bit: number, absent: number) => {
    if (!(flags & bit)) return absent;
    at += 4;
    return view.getUint32(at - 4);
  };
  const offset = field(0x01, dataAt);
  if (offset !== dataAt) problems.push(`trun points to byte ${offset}, the data begins at ${dataAt}`);
  const firstFlags = field(0x04, defaults.flags);
  return Array.from({ length: count }, (_, index) => {
    const duration = field(0x100, defaults.duration);
    const size = field(0x200, defaults.size);
    const sampleFlags = field(0x400, index === 0 ? firstFlags : defaults.flags);
    const composition = field(0x800, 0);
    return {
      duration,
      size,
      sync: !(sampleFlags & isNonSync),
      compositionOffset: signed ? composition | 0 : composition,
    };
  });
}

/** How long fragments last together, in the track's timescale. */
export function ticks(fragments: readonly Fragment[]): number {
  return fragments.reduce((sum, { samples }) => sum + samples.reduce((all, { duration }) => all + duration, 0), 0);
}

/** When the first picture of fragments is shown, in seconds of the presentation. */
export function firstShown(fragments: readonly Fragment[], track: InitTrack): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { baseTime, samples } of fragments) {
    let time = baseTime;
    for (const { duration, compositionOffset } of samples) {
      first = Math.min(first, time + compositionOffset);
      time += duration;
    }
  }
  return (first - track.editTime) / track.timescale;
}
