import { BitReader } from "../bytes/bit-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { lenient } from "../codecs/lenient.ts";

/** What stands before every frame of an AAC track in ADTS. */
export type AdtsForm = {
  /** Of the core, without SBR and PS: decoders find those in the frames. */
  readonly profile: number;
  readonly rateIndex: number;
  readonly channelConfiguration: number;
  /** A program config element as a frame carries it, where the channel configuration is 0; otherwise empty. */
  readonly program: Uint8Array;
};

const rates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
const explicitRate = 15;
const Sbr = 5;
const Ps = 29;
/** Main, LC, SSR, LTP: all that two bits can say. */
const lastProfile = 4;
const lastChannelConfiguration = 7;
const programElement = 5;
const headerLength = 7;
const maxFrameLength = 0x1fff;

/** How an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) is said in ADTS; undefined where it cannot be. */
export function adtsForm(config: Uint8Array): AdtsForm | undefined {
  return lenient(() => read(new BitReader(config)));
}

/** The frame with its ADTS header (ISO/IEC 14496-3, 1.A.2.2); empty when it is longer than a header can say. */
export function adtsFrame(
  { profile, rateIndex, channelConfiguration, program }: AdtsForm,
  frame: Uint8Array,
): Uint8Array {
  const length = headerLength + program.length + frame.length;
  if (length > maxFrameLength) return new Uint8Array();
  return new ByteWriter(length)
    .u16(0xfff1) // MPEG-4, no checksum
    .u8((profile << 6) | (rateIndex << 2) | (channelConfiguration >> 2))
    .u24(((channelConfiguration & 3) << 22) | (length << 5) | 0x1f) // the buffer's fullness is that of variable rate
    .u8(0xfc)
    .bytes(program)
    .bytes(frame)
    .finish();
}

function read(reader: BitReader): AdtsForm | undefined {
  const announced = reader.bits(5);
  const rateIndex = readRateIndex(reader);
  const channelConfiguration = reader.bits(4);
  let core = announced;
  if (announced === Sbr || announced === Ps) {
    readRateIndex(reader);
    core = reader.bits(5);
  }
  if (core < 1 || core > lastProfile || rateIndex < 0 || channelConfiguration > lastChannelConfiguration)
    return undefined;
  const short = reader.flag(); // frames of 960 samples, which ADTS knows nothing of
  if (short) return undefined;
  if (reader.flag()) reader.skip(14);
  reader.skip(1);
  const program = channelConfiguration === 0 ? readProgram(reader) : new Uint8Array();
  return { profile: core - 1, rateIndex, channelConfiguration, program };
}

/** -1 for a rate that has no index. */
function readRateIndex(reader: BitReader): number {
  const index = reader.bits(4);
  if (index === explicitRate) return rates.indexOf(reader.bits(24));
  return index < rates.length ? index : -1;
}

/** The program config element (4.4.1.1) behind the name of its kind, without its comment: 4.5.2.1 aligns it to the frame's begin. */
function readProgram(reader: BitReader): Uint8Array {
  const bits: number[] = [];
  const write = (value: number, count: number) => {
    for (let bit = count - 1; bit >= 0; bit--) bits.push((value >> bit) & 1);
    return value;
  };
  const copy = (count: number) => write(reader.bits(count), count);
  write(programElement, 3);
  copy(10);
  const [front, side, back, low, data, coupling] = [copy(4), copy(4), copy(4), copy(2), copy(3), copy(4)];
  for (const mixdown of [4, 4, 3]) if (copy(1) === 1) copy(mixdown);
  for (let left = front + side + back; left > 0; left--) copy(5);
  for (let left = low + data; left > 0; left--) copy(4);
  for (let left = coupling; left > 0; left--) copy(5);
  while (bits.length % 8 > 0) bits.push(0);
  write(0, 8);
  return Uint8Array.from({ length: bits.length / 8 }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((byte, bit) => byte * 2 + bit, 0),
  );
}
