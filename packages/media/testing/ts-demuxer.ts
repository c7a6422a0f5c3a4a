import assert from "node:assert/strict";

/** One transport packet, taken apart. */
export type TsPacket = {
  readonly pid: number;
  readonly starts: boolean;
  readonly counter: number;
  readonly randomAccess: boolean;
  readonly discontinuity: boolean;
  /** In ticks of 90 kHz. */
  readonly clock: number | undefined;
  readonly payload: Buffer;
};

/** One PES packet, taken apart; times are in ticks of 90 kHz. */
export type Pes = {
  readonly pid: number;
  readonly streamId: number;
  readonly aligned: boolean;
  readonly pts: number;
  readonly dts: number;
  readonly randomAccess: boolean;
  readonly payload: Buffer;
};

export type MapEntry = { readonly pid: number; readonly streamType: number; readonly descriptors: string };

/** What a map section says. */
export type ProgramMap = {
  readonly version: number;
  readonly clockPid: number;
  readonly descriptors: string;
  readonly streams: readonly MapEntry[];
};

export type TsEvent =
  | { readonly kind: "packet"; readonly packet: TsPacket }
  | { readonly kind: "map"; readonly map: ProgramMap }
  | { readonly kind: "pes"; readonly pes: Pes };

type Unfinished = { readonly parts: Buffer[]; length: number; wanted: number; readonly randomAccess: boolean };

const packetLength = 188;

/** Reads a transport stream by the letter of ISO/IEC 13818-1, with code that has nothing in common with the muxer's; whatever is not allowed fails the test. */
export class TsDemuxer {
  readonly #emit: (event: TsEvent) => void;
  readonly #unfinished = new Map<number, Unfinished>();
  readonly #counters = new Map<number, number>();
  readonly #continuous: boolean;
  #rest = Buffer.alloc(0);
  #mapPid: number | undefined;
  #pids = new Set<number>();

  /** `continuous`: false for a viewer who may be moved forward. */
  constructor(emit: (event: TsEvent) => void, { continuous = true } = {}) {
    this.#emit = emit;
    this.#continuous = continuous;
  }

  push(bytes: Uint8Array): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (; at + packetLength <= this.#rest.length; at += packetLength)
      this.#take(readPacket(this.#rest.subarray(at, at + packetLength)));
    this.#rest = this.#rest.subarray(at);
  }

  /** The end of the stream: what has no length ends here. */
  end(): void {
    assert.equal(this.#rest.length, 0, "part of a packet is left");
    for (const pid of [...this.#unfinished.keys()]) this.#finish(pid);
  }

  #take(packet: TsPacket): void {
    this.#emit({ kind: "packet", packet });
    const { pid, starts, payload, counter } = packet;
    const last = this.#counters.get(pid);
    const expected = last === undefined ? counter : payload.length > 0 ? (last + 1) % 16 : last;
    if (this.#continuous) assert.equal(counter, expected, `the continuity of PID ${pid}`);
    this.#counters.set(pid, counter);
    if (payload.length === 0) return;
    if (starts) {
      this.#finish(pid);
      this.#unfinished.set(pid, { parts: [], length: 0, wanted: Infinity, randomAccess: packet.randomAccess });
    }
    this.#append(pid, payload);
  }

  #append(pid: number, payload: Buffer): void {
    const unit = this.#unfinished.get(pid);
    if (!unit) return assert.ok(!this.#continuous, `PID ${pid} begins in the middle`);
    unit.parts.push(payload);
    unit.length += payload.length;
    if (unit.parts.length === 1)
      unit.wanted = this.#isSection(pid) ? 4 + (payload.readUInt16BE(2) % 4096) : pesLength(payload);
    if (unit.length >= unit.wanted) this.#finish(pid);
  }

  #isSection(pid: number): boolean {
    return pid === 0 || pid === this.#mapPid;
  }

  #finish(pid: number): void {
    const unit = this.#unfinished.get(pid);
    this.#unfinished.delete(pid);
    if (!unit || (unit.length < unit.wanted && unit.wanted !== Infinity)) return assert.ok(!unit || !this.#continuous);
    const bytes = Buffer.concat(unit.parts);
    if (pid === 0) {
      const { body } = readSection(bytes, 0);
      this.#mapPid = body.readUInt16BE(2) % 8192;
    } else if (pid === this.#mapPid) {
      const map = readMap(bytes);
      this.#pids = new Set(map.streams.map((stream) => stream.pid));
      this.#emit({ kind: "map", map });
    } else {
      assert.ok(this.#pids.has(pid), `PID ${pid} is in the program`);
      if (unit.wanted !== Infinity) assert.equal(unit.length, unit.wanted, "a PES packet ends where its length says");
      this.#emit({ kind: "pes", pes: readPes(bytes, pid, unit.randomAccess) });
    }
  }
}

function readPacket(bytes: Buffer): TsPacket {
  assert.equal(bytes[0], 0x47, "the sync byte");
  const [, high = 0, low = 0, last = 0] = bytes;
  assert.equal(high & 0xa0, 0, "no error, no priority");
  assert.equal(last >> 6, 0, "not scrambled");
  const [hasField, hasPayload] = [(last & 0x20) !== 0, (last & 0x10) !== 0];
  assert.ok(hasField || hasPayload);
  const length = hasField ? (bytes[4] ?? 0) : -1;
  assert.ok(hasPayload ? length < 183 : length === 183, `an adaptation field of ${length} bytes`);
  const field = bytes.subarray(5, 5 + Math.max(0, length));
  const [flags = 0] = field;
  const hasClock = (flags & 0x10) !== 0;
  for (const byte of field.subarray(hasClock ? 7 : 1)) assert.equal(byte, 0xff, "stuffing");
  return {
    pid: (high & 31) * 256 + low,
    starts: (high & 0x40) !== 0,
    counter: last & 15,
    randomAccess: (flags & 0x40) !== 0,
    discontinuity: (flags & 0x80) !== 0,
    clock: hasClock ? field.readUInt32BE(1) * 2 + ((field[5] ?? 0) >> 7) : undefined,
    payload: hasPayload ? bytes.subarray(5 + length) : Buffer.alloc(0),
  };
}

function pesLength(start: Buffer): number {
  assert.equal(start.readUIntBE(0, 3), 1, "a PES packet's start code");
  const length = start.readUInt16BE(4);
  if (length === 0) assert.equal((start[3] ?? 0) >> 4, 0xe, "only video may leave its length open");
  return length === 0 ? Infinity : 6 + length;
}

function readPes(bytes: Buffer, pid: number, randomAccess: boolean): Pes {
  const [, , , streamId = 0, , , flags = 0, which = 0, headerLength = 0] = bytes;
  assert.equal(flags & 0xc0, 0x80);
  const both = which === 0xc0;
  assert.equal(which, both ? 0xc0 : 0x80);
  const pts = readStamp(bytes.subarray(9), both ? 3 : 2);
  const dts = both ? readStamp(bytes.subarray(14), 1) : pts;
  const payload = bytes.subarray(9 + headerLength);
  return { pid, streamId, aligned: (flags & 4) !== 0, pts, dts, randomAccess, payload };
}

function readStamp(bytes: Buffer, prefix: number): number {
  const bits = BigInt(`0x${bytes.toString("hex", 0, 5)}`);
  assert.equal(Number(bits >> 36n), prefix);
  assert.equal(bits & 0x100010001n, 0x100010001n, "marker bits");
  return Number((((bits >> 33n) & 7n) << 30n) | (((bits >> 17n) & 0x7fffn) << 15n) | ((bits >> 1n) & 0x7fffn));
}

function readSection(bytes: Buffer, tableId: number): { version: number; body: Buffer } {
  assert.equal(bytes[0], 0, "the pointer");
  assert.equal(bytes[1], tableId);
  const end = 4 + (bytes.readUInt16BE(2) % 4096);
  for (const byte of bytes.subarray(end)) assert.equal(byte, 0xff, "behind the section");
  assert.equal(checksum(bytes.subarray(1, end)), 0n, "the section's checksum");
  return { version: ((bytes[6] ?? 0) >> 1) & 31, body: bytes.subarray(9, end - 4) };
}

function readMap(bytes: Buffer): ProgramMap {
  const { version, body } = readSection(bytes, 2);
  const infoLength = body.readUInt16BE(2) % 4096;
  const streams: MapEntry[] = [];
  for (let at = 4 + infoLength; at < body.length; ) {
    const length = body.readUInt16BE(at + 3) % 4096;
    const descriptors = body.toString("hex", at + 5, at + 5 + length);
    streams.push({ streamType: body[at] ?? 0, pid: body.readUInt16BE(at + 1) % 8192, descriptors });
    at += 5 + length;
  }
  const descriptors = body.toString("hex", 4, 4 + infoLength);
  return { version, clockPid: body.readUInt16BE(0) % 8192, descriptors, streams };
}

/** The remainder of a division of polynomials; 0 over a section with its checksum. */
function checksum(bytes: Buffer): bigint {
  let rest = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const out = (rest >> 31n) ^ BigInt((byte >> bit) & 1);
      rest = ((rest << 1n) & 0xffffffffn) ^ (out === 1n ? 0x04c11db7n : 0n);
    }
  }
  return rest;
}
