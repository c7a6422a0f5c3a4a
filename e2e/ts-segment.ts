const packetSize = 188;
const clockHz = 27_000_000;
const nullPid = 0x1fff;

type TsSegment = {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly discontinuity: boolean;
  /** It begins with a keyframe, by what the playlist says. */
  readonly independent: boolean;
};
type Counters = {
  readonly first: Map<number, number>;
  readonly last: Map<number, number>;
  readonly discontinuity: boolean;
};

/** Judges segments of MPEG transport stream: each by itself, and that its counters go on (ISO/IEC 13818-1; RFC 8216bis, section 3.1.1). */
export class TsTrack {
  readonly #counters = new Map<number, Counters>();

  segment({ sequence, bytes, discontinuity, independent }: TsSegment): string[] {
    const scan = new Scan(bytes, independent);
    const counters = { first: scan.first, last: scan.last, discontinuity };
    this.#counters.set(sequence, counters);
    const problems = [
      ...scan.problems,
      ...continues(this.#counters.get(sequence - 1), counters),
      ...continues(counters, this.#counters.get(sequence + 1)),
    ];
    return problems.map((problem) => `HLS-10: segment ${sequence}: ${problem}`);
  }
}

function continues(before: Counters | undefined, after: Counters | undefined): string[] {
  if (!before || !after || after.discontinuity) return [];
  return [...after.first].flatMap(([pid, counter]) => {
    const last = before.last.get(pid);
    if (last === undefined || counter === ((last + 1) & 15)) return [];
    return [`continuity counter of pid ${pid} goes from ${last} to ${counter}`];
  });
}

/** One segment, packet by packet. */
class Scan {
  readonly problems: string[] = [];
  readonly first = new Map<number, number>();
  readonly last = new Map<number, number>();
  #pmtPid: number | undefined;
  #videoPid: number | undefined;
  #pcr: number | undefined;
  #startChecked = false;
  readonly #independent: boolean;

  constructor(bytes: Uint8Array, independent: boolean) {
    this.#independent = independent;
    if (bytes.length === 0 || bytes.length % packetSize !== 0) this.problems.push(`${bytes.length} bytes`);
    for (let at = 0, index = 0; at + packetSize <= bytes.length; at += packetSize, index++) {
      this.#packet(bytes.subarray(at, at + packetSize), index);
    }
    if (this.#pmtPid === undefined) this.problems.push("no PAT");
    if (this.#pcr === undefined) this.problems.push("no PCR");
  }

  #packet(packet: Uint8Array, index: number): void {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
    if (view.getUint8(0) !== 0x47) this.problems.push(`packet ${index} does not begin with 0x47`);
    const pid = view.getUint16(1) & 0x1fff;
    if (pid === nullPid) return;
    if (index === 0 && pid !== 0) this.problems.push("the first packet is no PAT");
    if (index === 1 && pid !== this.#pmtPid) this.problems.push("the second packet is no PMT");
    const control = (view.getUint8(3) >> 4) & 3;
    if (control & 1) this.#count(pid, view.getUint8(3) & 15);
    const adaptation = control & 2 ? view.getUint8(4) + 1 : 0;
    if (adaptation > 1 && view.getUint8(5) & 0x10) this.#clock(view);
    if (!(control & 1) || !(view.getUint8(1) & 0x40)) return;
    this.#unit(pid, packet.subarray(4 + adaptation));
  }

  #count(pid: number, counter: number): void {
    const last = this.last.get(pid);
    if (last === undefined) this.first.set(pid, counter);
    else if (counter !== ((last + 1) & 15)) {
      this.problems.push(`continuity counter of pid ${pid} goes from ${last} to ${counter}`);
    }
    this.last.set(pid, counter);
  }

  #clock(view: DataView): void {
    const base = view.getUint32(6) * 2 + (view.getUint8(10) >> 7);
    const pcr = base * 300 + (view.getUint16(10) & 0x1ff);
    const apart = this.#pcr === undefined ? 0 : (pcr - this.#pcr) / clockHz;
    if (apart < 0) this.problems.push(`PCR goes back by ${-apart} s`);
    if (apart > 0.1) this.problems.push(`PCR ${apart} s after the one before`);
    this.#pcr = pcr;
  }

  /** A table or a PES packet begins. */
  #unit(pid: number, payload: Uint8Array): void {
    const section = payload.subarray(1 + (payload[0] ?? 0));
    if (pid === 0) this.#pmtPid = (((section[10] ?? 0) & 0x1f) << 8) | (section[11] ?? 0);
    else if (pid === this.#pmtPid) this.#programs(section);
    else if (pid === this.#videoPid && !this.#startChecked) this.#start(payload);
  }

  #programs(section: Uint8Array): void {
    const length = ((section[1] ?? 0) & 15) * 256 + (section[2] ?? 0);
    const info = ((section[10] ?? 0) & 15) * 256 + (section[11] ?? 0);
    for (let at = 12 + info; at < length - 1; ) {
      const type = section[at];
      const pid = ((section[at + 1] ?? 0) & 0x1f) * 256 + (section[at + 2] ?? 0);
      if (type === 0x1b) this.#videoPid = pid;
      if (type !== 0x1b && type !== 0x0f && type !== 0x15) this.problems.push(`stream type ${type}`);
      at += 5 + ((section[at + 3] ?? 0) & 15) * 256 + (section[at + 4] ?? 0);
    }
  }

  /** The first picture of a segment: an access unit delimiter, and the parameter sets of a keyframe. */
  #start(pes: Uint8Array): void {
    this.#startChecked = true;
    const units: number[] = [];
    for (let at = 9 + (pes[8] ?? 0); at + 3 < pes.length; at++) {
      if (pes[at] === 0 && pes[at + 1] === 0 && pes[at + 2] === 1) units.push((pes[at + 3] ?? 0) & 31);
    }
    if (units[0] !== 9) this.problems.push(`the first picture begins with NAL unit ${units[0]}, not with a delimiter`);
    for (const type of this.#independent ? [7, 8] : []) {
      if (!units.includes(type)) this.problems.push(`the first picture has no NAL unit ${type} in its first packet`);
    }
  }
}
