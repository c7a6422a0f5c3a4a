import { ByteWriter } from "../bytes/byte-writer.ts";
import { MalformedError } from "../malformed-error.ts";
import type { Packet } from "../packet.ts";
import type { Track } from "../track.ts";
import { type Carriage, carriageOf } from "./carriage.ts";
import { clockModulus, maxPesPayload, pesPacket } from "./pes.ts";
import { associationSection, id3Descriptor, id3Pointer, mapPid, mapSection } from "./program-tables.ts";
import { type Adaptation, PacketRow } from "./transport-packet.ts";

/** A track that has its place in the program. */
type Stream = {
  readonly track: Track;
  readonly carriage: Carriage;
  readonly streamId: number;
  readonly row: PacketRow;
};

const firstPid = 0x100;
const id3Pid = 0xff;
const privateStream = 0xbd;
const id3StreamType = 0x15;
/** As many tracks as a live stream has at most; all fit into one section. */
const maxStreams = 32;
const versions = 32;

/** How far the clock may run without being said (ISO/IEC 13818-1, 2.7.2), and what is taken for a pause of the source, in ticks. */
const maxClockGap = 9_000;
const pause = 90_000;
/** Sound that carries the clock says it not with every frame: it would often take a packet more. */
const soundClockGap = 4_500;
/**
 * How far times lie after the clock. A frame must have arrived before the clock reaches its time; sources send sound and picture in the order of their times, so what lies
 * between is one frame of a slow picture or some of sound. More would be delay for players that keep to the clock.
 */
const lead = 9_000;

const nothing = new Uint8Array();

/** Whether MPEG-TS carries the track in a form that players expect: H.264, HEVC, AAC, MP3, AC-3, E-AC-3. */
export function fitsTs(track: Track): boolean {
  return carriageOf(track) !== undefined;
}

/**
 * Turns packets into transport packets of 188 bytes (ISO/IEC 13818-1): one program, its clock with the first video track, else with the first audio track. Tracks that do not
 * fit are left out, and so are those after the 32nd.
 */
export class TsMuxer {
  readonly #association = new PacketRow(0);
  readonly #map = new PacketRow(mapPid);
  #id3: PacketRow | undefined;
  readonly #streams = new Map<string, Stream>();
  /** By track, also where a track has gone over to a codec that does not fit: it may come back. */
  readonly #rows = new Map<string, PacketRow>();
  #clockRow: PacketRow | undefined;
  #version = 0;
  /** When the clock was last said, not reduced modulo 2³³. */
  #clock: number | undefined;
  #discontinuity = false;

  constructor(tracks: readonly Track[]) {
    for (const track of tracks) this.#add(track);
    this.#version = 0;
  }

  /** ID3 tags belong to the program from its next tables on. */
  carryId3(): void {
    if (this.#id3) return;
    this.#id3 = new PacketRow(id3Pid);
    this.#version = (this.#version + 1) % versions;
  }

  /** PAT and PMT: what a segment begins with, and what comes before a keyframe. */
  tables(): Uint8Array {
    const streams = [...this.#streams.values()].map(({ carriage: { streamType, descriptors }, row: { pid } }) => {
      return { pid, streamType, descriptors };
    });
    const id3 = { pid: id3Pid, streamType: id3StreamType, descriptors: id3Descriptor() };
    const map = mapSection(
      this.#version,
      this.#clockRow?.pid,
      this.#id3 ? id3Pointer() : nothing,
      this.#id3 ? [...streams, id3] : streams,
    );
    return joined(this.#association.section(associationSection()), this.#map.section(map));
  }

  /** A frame in one PES packet; empty for what has no form in TS. A configuration that changes the program gives its new tables. Packets of a track come in the order of their decoding. */
  packet(packet: Packet): Uint8Array {
    switch (packet.kind) {
      case "frame":
        return this.#frame(packet);
      case "config":
        return this.#add(packet.track) ? this.tables() : nothing;
      case "data":
      case "end":
      case "extra":
        return nothing;
    }
  }

  /** An ID3 tag in time with the picture. Throws `mpegts/id3` for one that is longer than a PES packet; nothing comes of it where the program has none. */
  id3(ptsUs: number, tag: Uint8Array): Uint8Array {
    if (tag.length > maxPesPayload) throw new MalformedError("mpegts/id3", `an ID3 tag of ${tag.length} bytes`);
    if (!this.#id3) return nothing;
    const pts = stamp(ticksOf(ptsUs));
    return this.#id3.packets(pesPacket(privateStream, pts, pts, tag));
  }

  /** Says with the next clock that time does not go on from where it was: to be called where the packets' times jump. */
  discontinuity(): void {
    this.#discontinuity = true;
    this.#clock = undefined;
  }

  #frame({ track, dtsUs, ptsUs, keyframe, data }: Packet): Uint8Array {
    const tables = this.#add(track) ? this.tables() : nothing;
    const stream = this.#streams.get(keyOf(track));
    const payload = stream?.carriage.payload(data, keyframe) ?? nothing;
    if (!stream || payload.length === 0) return tables;
    const dts = ticksOf(dtsUs);
    const pts = Math.max(dts, ticksOf(ptsUs)); // nothing can be shown before it is decoded
    const pes = pesPacket(stream.streamId, stamp(pts), stamp(dts), payload);
    const clocks = this.#clocksBefore(dts, stream.row);
    const packets = stream.row.packets(pes, this.#adaptation(stream, dts, keyframe));
    return tables.length + clocks.length === 0 ? packets : joined(tables, clocks, packets);
  }

  #adaptation({ carriage: { kind }, row }: Stream, dts: number, keyframe: boolean): Adaptation {
    const gap = kind === "video" ? 0 : soundClockGap;
    // A clock never runs backwards: a frame that comes late does not say it.
    if (row !== this.#clockRow || (this.#clock !== undefined && dts - this.#clock < gap))
      return { randomAccess: keyframe && kind === "video" };
    return { ...this.#say(dts), randomAccess: keyframe };
  }

  /** The clock by itself, wherever the frames that carry it are too far apart. */
  #clocksBefore(dts: number, row: PacketRow): Uint8Array {
    if (!this.#clockRow) return nothing;
    if (this.#clock === undefined || dts - this.#clock > pause)
      return row === this.#clockRow ? nothing : this.#clockRow.clock(this.#say(dts));
    let clocks: Uint8Array = nothing;
    while (dts - this.#clock > maxClockGap)
      clocks = joined(clocks, this.#clockRow.clock(this.#say(this.#clock + maxClockGap)));
    return clocks;
  }

  #say(ticks: number): Adaptation {
    const discontinuity = this.#discontinuity;
    this.#discontinuity = false;
    this.#clock = ticks;
    return { clock: reduced(ticks), discontinuity };
  }

  /** Gives the track its place in the program, or its new configuration, or takes it out; true when the program is another one then. */
  #add(track: Track): boolean {
    const key = keyOf(track);
    const before = this.#streams.get(key);
    if (before?.track === track) return false;
    const carriage = carriageOf(track);
    const row = this.#rows.get(key) ?? new PacketRow(firstPid + this.#rows.size);
    if (!carriage || row.pid >= firstPid + maxStreams) {
      if (!this.#streams.delete(key)) return false;
    } else {
      const streamId = carriage.streamId === privateStream ? privateStream : carriage.streamId + (track.id % 16);
      this.#rows.set(key, row);
      this.#streams.set(key, { track, carriage, streamId, row });
      if (before?.carriage.streamType === carriage.streamType) return false;
    }
    const streams = [...this.#streams.values()];
    this.#clockRow = (streams.find((each) => each.carriage.kind === "video") ?? streams[0])?.row;
    this.#version = (this.#version + 1) % versions;
    return true;
  }
}

function keyOf({ kind, id }: Track): string {
  return `${kind} ${id}`;
}

function ticksOf(us: number): number {
  return Math.round((us * 9) / 100);
}

function reduced(ticks: number): number {
  return ((ticks % clockModulus) + clockModulus) % clockModulus;
}

function stamp(ticks: number): number {
  return reduced(ticks + lead);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(parts.reduce((length, part) => length + part.length, 0));
  for (const part of parts) writer.bytes(part);
  return writer.finish();
}
