import { ByteReader, ByteWriter, MalformedError } from "@sluice/media";
import type { Parser } from "./parser.ts";
import { hmacSha256 } from "./sha256.ts";

/** Where a handshake's bytes go and its randomness comes from. */
export type HandshakePeer = { send(bytes: Uint8Array): void; random(length: number): Uint8Array };

/** `digest`: both sides signed their half, as Flash Player wants it before it plays H.264 and AAC. */
export type HandshakeKind = "plain" | "digest";

const size = 1536;
const version = 3;
/** From here on a first byte is another protocol's text (RTMP 1.0, 5.2.2). */
const firstText = 32;
const digestSize = 32;

const ascii = (text: string): Uint8Array => new ByteWriter(text.length).utf8(text).finish();
const clientName = ascii("Genuine Adobe Flash Player 001");
const serverName = ascii("Genuine Adobe Flash Media Server 001");
const commonKey = Uint8Array.from(
  "f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae".match(/../g) ?? [],
  (pair) => Number.parseInt(pair, 16),
);
const clientKey = new ByteWriter(62).bytes(clientName).bytes(commonKey).finish();
const serverKey = new ByteWriter(68).bytes(serverName).bytes(commonKey).finish();

/** The two places where a digest may stand: an offset is summed from four bytes at `sumAt`, and counted from `base`. */
const schemes = [
  { sumAt: 772, base: 776 },
  { sumAt: 8, base: 12 },
] as const;
type Scheme = (typeof schemes)[number];

/**
 * The server's handshake (RTMP 1.0, 5.2): reads C0 and C1, answers with S0, S1 and S2 at once, reads C2. A client whose C1 carries a valid digest is answered with one; any other gets the plain
 * form, with zero version bytes. Throws `rtmp/version` at the first byte of another protocol.
 */
export function* serverHandshake(peer: HandshakePeer): Parser<HandshakeKind> {
  checkVersion((yield 1)[0] ?? 0);
  const c1 = yield size; // only lent, and done with before more is asked for
  const scheme = hasVersion(c1) ? schemes.find((each) => signed(c1, each, clientName)) : undefined;
  const answer = new Uint8Array(1 + 2 * size); // one piece: thousands may come at once
  answer[0] = version;
  const s1 = fill(answer.subarray(1, 1 + size), peer, scheme ? [4, 5, 0, 1] : [0, 0, 0, 0]);
  if (scheme) sign(s1, scheme, serverName);
  answer.set(scheme ? signature(peer, c1, scheme, serverKey) : c1, 1 + size);
  peer.send(answer);
  yield size; // C2 echoes S1. Many encoders send something else here, so it is read and not judged.
  return scheme ? "digest" : "plain";
}

/**
 * The client's handshake: sends C0 and C1, reads S0, S1 and S2, answers with C2. With `digest` C1 is signed, and C2 too where the server answers in kind. Throws `rtmp/version` when the
 * server speaks another protocol.
 */
export function* clientHandshake(
  peer: HandshakePeer,
  { digest = false }: { digest?: boolean } = {},
): Parser<HandshakeKind> {
  const scheme = schemes[1];
  const c1 = fill(new Uint8Array(size), peer, digest ? [0x80, 0, 7, 2] : [0, 0, 0, 0]);
  if (digest) sign(c1, scheme, clientName);
  peer.send(new ByteWriter(1 + size).u8(version).bytes(c1).finish());
  checkVersion((yield 1)[0] ?? 0);
  const s1 = (yield size).slice();
  yield size;
  const theirs = digest ? schemes.find((each) => signed(s1, each, serverName)) : undefined;
  peer.send(theirs ? signature(peer, s1, theirs, clientKey) : s1);
  return theirs ? "digest" : "plain";
}

function checkVersion(first: number): void {
  if (first < firstText && first !== 6 && first !== 8 && first !== 9 && first !== 0x16) return;
  const looksLike =
    first === 0x16
      ? "TLS (use the RTMPS port)"
      : first < firstText
        ? "RTMPE, which is not supported"
        : "another protocol's text, HTTP perhaps";
  throw new MalformedError("rtmp/version", `the first byte is 0x${first.toString(16).padStart(2, "0")}: ${looksLike}`);
}

/** A half: time 0, four version bytes, and randomness. */
function fill(half: Uint8Array, peer: HandshakePeer, versionBytes: readonly number[]): Uint8Array {
  half.set(versionBytes, 4);
  half.set(peer.random(size - 8), 8);
  return half;
}

function hasVersion(c1: Uint8Array): boolean {
  return new ByteReader(c1.subarray(4)).u32() !== 0;
}

function digestOffset(half: Uint8Array, { sumAt, base }: Scheme): number {
  let sum = 0;
  for (const byte of half.subarray(sumAt, sumAt + 4)) sum += byte;
  return (sum % 728) + base;
}

/** The digest of a half: of everything in it but the place where the digest itself stands. */
function digestOf(half: Uint8Array, at: number, key: Uint8Array): Uint8Array {
  return hmacSha256(key, half.subarray(0, at), half.subarray(at + digestSize));
}

function digestIn(half: Uint8Array, scheme: Scheme): Uint8Array {
  const at = digestOffset(half, scheme);
  return half.subarray(at, at + digestSize);
}

function signed(half: Uint8Array, scheme: Scheme, key: Uint8Array): boolean {
  const expected = digestOf(half, digestOffset(half, scheme), key);
  return digestIn(half, scheme).every((byte, index) => byte === expected[index]);
}

function sign(half: Uint8Array, scheme: Scheme, key: Uint8Array): void {
  const at = digestOffset(half, scheme);
  half.set(digestOf(half, at, key), at);
}

/** S2 or C2: randomness, signed with a key that is made from the other side's digest. */
function signature(peer: HandshakePeer, half: Uint8Array, scheme: Scheme, key: Uint8Array): Uint8Array {
  const random = peer.random(size - digestSize);
  const signer = hmacSha256(key, digestIn(half, scheme));
  return new ByteWriter(size).bytes(random).bytes(hmacSha256(signer, random)).finish();
}
