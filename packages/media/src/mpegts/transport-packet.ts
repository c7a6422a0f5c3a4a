import { ByteWriter } from "../bytes/byte-writer.ts";

/** What the first of some packets says besides its payload, in its adaptation field (ISO/IEC 13818-1, 2.4.3.4). */
export type Adaptation = {
  /** In ticks of 90 kHz. */
  readonly clock?: number;
  /** Decoding may start here. */
  readonly randomAccess?: boolean;
  /** The clock does not go on from the last one. */
  readonly discontinuity?: boolean;
};

const packetLength = 188;
const syncByte = 0x47;
const headerLength = 4;
const room: number = packetLength - headerLength;
const clockLength = 6;
const stuffing = 0xff;

/** The packets of one PID, whose continuity counter goes on from call to call (ISO/IEC 13818-1, 2.4.3). */
export class PacketRow {
  readonly pid: number;
  #counter = 0;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** The payload in as many packets as it takes; the last one is filled up by its adaptation field. */
  packets(payload: Uint8Array, adaptation: Adaptation = {}): Uint8Array {
    const fields = lengthOf(adaptation);
    const count = Math.max(1, Math.ceil((fields + payload.length) / room));
    const writer = new ByteWriter(count * packetLength);
    for (let at = 0, packet = 0; packet < count; packet++) {
      const wanted = packet === 0 ? fields : 0;
      const taken = Math.min(room - wanted, payload.length - at);
      this.#header(writer, packet === 0, taken < room ? 3 : 1);
      if (taken < room) writeAdaptation(writer, room - taken, packet === 0 ? adaptation : {});
      writer.bytes(payload.subarray(at, at + taken));
      at += taken;
    }
    return writer.finish();
  }

  /** A section (2.4.4) in as many packets as it takes, filled up behind it. */
  section(section: Uint8Array): Uint8Array {
    const count = Math.ceil((section.length + 1) / room);
    const payload = new Uint8Array(count * room).fill(stuffing, section.length + 1);
    payload.set(section, 1); // behind a pointer to the very next byte
    return this.packets(payload);
  }

  /** A packet that has only a clock; it does not count. */
  clock(adaptation: Adaptation): Uint8Array {
    const writer = new ByteWriter(packetLength);
    this.#counter = (this.#counter + 15) % 16;
    this.#header(writer, false, 2);
    writeAdaptation(writer, room, adaptation);
    return writer.finish();
  }

  /** `control`: 1 payload, 2 adaptation field, 3 both. */
  #header(writer: ByteWriter, starts: boolean, control: number): void {
    writer.u32(syncByte * 2 ** 24 + (starts ? 0x400000 : 0) + this.pid * 256 + control * 16 + this.#counter);
    this.#counter = (this.#counter + 1) % 16;
  }
}

/** An adaptation field without stuffing; 0 where none is needed. */
function lengthOf({ clock, randomAccess, discontinuity }: Adaptation): number {
  if (clock !== undefined) return 2 + clockLength;
  return randomAccess || discontinuity ? 2 : 0;
}

/** Exactly `length` bytes; a single one is a field that says that it is empty. */
function writeAdaptation(writer: ByteWriter, length: number, { clock, randomAccess, discontinuity }: Adaptation): void {
  writer.u8(length - 1);
  if (length === 1) return;
  writer.u8((discontinuity ? 0x80 : 0) | (randomAccess ? 0x40 : 0) | (clock === undefined ? 0 : 0x10));
  if (clock !== undefined) writer.u32(Math.floor(clock / 2)).u16(((clock % 2) << 15) | 0x7e00);
  for (let left = length - 2 - (clock === undefined ? 0 : clockLength); left > 0; left--) writer.u8(stuffing);
}
