import { ByteWriter } from "@sluice/media";

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2), computed rather than listed. */
const constants: Uint32Array = new Uint32Array(primes(64).map((prime) => fraction(Math.cbrt(prime))));
/** Likewise of the square roots of the first eight (5.3.3). */
const initial: readonly number[] = primes(8).map((prime) => fraction(Math.sqrt(prime)));

const block = 64;
const schedule = new Uint32Array(64);

/** SHA-256 (FIPS 180-4). Here because this package knows no platform; it is used for handshakes only. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const state = new Uint32Array(initial);
  const padded = pad(bytes);
  const view = new DataView(padded.buffer, padded.byteOffset, padded.byteLength);
  for (let at = 0; at < padded.length; at += block) compress(state, view, at);
  const writer = new ByteWriter(32);
  for (const word of state) writer.u32(word);
  return writer.finish();
}

/** HMAC-SHA-256 (RFC 2104). */
export function hmacSha256(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const short = key.length > block ? sha256(key) : key;
  const inner = new ByteWriter(block + parts.reduce((sum, part) => sum + part.length, 0));
  const outer = new ByteWriter(block + 32);
  for (let index = 0; index < block; index++) {
    const byte = short[index] ?? 0;
    inner.u8(byte ^ 0x36);
    outer.u8(byte ^ 0x5c);
  }
  for (const part of parts) inner.bytes(part);
  return sha256(outer.bytes(sha256(inner.finish())).finish());
}

function pad(bytes: Uint8Array): Uint8Array {
  const length = Math.ceil((bytes.length + 9) / block) * block;
  const writer = new ByteWriter(length).bytes(bytes).u8(0x80);
  while (writer.length < length - 8) writer.u8(0);
  return writer.u64(bytes.length * 8).finish();
}

function compress(state: Uint32Array, view: DataView, at: number): void {
  for (let t = 0; t < 16; t++) schedule[t] = view.getUint32(at + t * 4);
  for (let t = 16; t < 64; t++) {
    const w15 = word(t - 15);
    const w2 = word(t - 2);
    schedule[t] =
      word(t - 16) +
      (rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3)) +
      word(t - 7) +
      (rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10));
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const choice = (e & f) ^ (~e & g);
    const first = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + (constants[t] ?? 0) + word(t)) | 0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, index) => {
    state[index] = (state[index] ?? 0) + value;
  });
}

function word(t: number): number {
  return schedule[t] ?? 0;
}

function rotate(value: number, by: number): number {
  return (value >>> by) | (value << (32 - by));
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number++)
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  return found;
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32);
}
