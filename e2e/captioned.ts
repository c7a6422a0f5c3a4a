import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { folder, picture } from "./clips.ts";
import { ffmpeg } from "./peers.ts";

/** Frames between two captions: two seconds at 25 frames a second. */
const every = 50;

/** A raw H.264 stream with a caption (CEA-608, channel CC1) that is rolled up again every two seconds. */
export async function captioned(text: string, seconds: number): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = `${folder}captioned-${process.pid}.h264`;
  const encoder = "-c:v libx264 -preset ultrafast -bf 0 -g 50 -threads 1 -pix_fmt yuv420p -f h264 -y";
  const made = await ffmpeg(`${picture("320x180", 25, seconds)} ${encoder}`, file).done;
  if (made.code !== 0) throw new Error(`the pictures could not be made: ${made.err}`);
  const units = unitsOf(readFileSync(file));
  rmSync(file);
  const pairs = rollUp(text);
  let frame = 0;
  const out = units.flatMap((unit) => {
    const isPicture = [1, 5].includes((unit[0] ?? 0) & 31) && ((unit[1] ?? 0) & 0x80) !== 0; // the first slice
    const start = Buffer.of(0, 0, 0, 1);
    if (!isPicture) return [start, unit];
    return [start, information(pairs[frame++ % every] ?? [0x80, 0x80]), start, unit];
  });
  writeFileSync(file, Buffer.concat(out));
  return file;
}

/** NAL units of a byte stream (H.264, annex B). */
function unitsOf(bytes: Buffer): Buffer[] {
  const units: Buffer[] = [];
  const code = Buffer.of(0, 0, 1);
  for (let at = bytes.indexOf(code); at >= 0; ) {
    const next = bytes.indexOf(code, at + 3);
    const end = next < 0 ? bytes.length : bytes[next - 1] === 0 ? next - 1 : next;
    units.push(bytes.subarray(at + 3, end));
    at = next;
  }
  return units;
}

/** The pairs of bytes that show a text in the last row: ANSI/CTA-608-E, roll-up with two rows; each command is sent twice. */
function rollUp(text: string): number[][] {
  const twice = [
    [0x14, 0x25],
    [0x14, 0x2d],
    [0x14, 0x70],
  ].flatMap((pair) => [pair, pair]);
  const letters = Buffer.from(text.length % 2 === 0 ? text : `${text} `, "latin1");
  const words = Array.from({ length: letters.length / 2 }, (_, index) => [
    ...letters.subarray(index * 2, index * 2 + 2),
  ]);
  return [...twice, ...words].map((pair) => pair.map(withParity));
}

/** Odd parity, in the highest bit. */
function withParity(byte: number): number {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones % 2 === 0 ? byte | 0x80 : byte;
}

/** Supplemental information with one pair of bytes of field 1 (ATSC A/53 part 4, 6.2.3). */
function information(pair: readonly number[]): Buffer {
  const data = [0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03, 0x41, 0xff, 0xfc, ...pair, 0xff];
  return Buffer.of(6, 4, data.length, ...data, 0x80);
}
