import type { X509Certificate } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { Log } from "../core/log.ts";
import { isMissing, makePair, type Pair, type PairFiles, readPair, reasonOf, replaceFile } from "./pair.ts";

const dayMs = 24 * 60 * 60 * 1000;
const renewBeforeMs = 30 * dayMs;
/** Apple's clients refuse certificates that are valid for longer than 398 days. */
const validMs = 396 * dayMs;
const clockSkewMs = 60 * 60 * 1000;

/** The files of the self-signed certificate in the server's own folder. */
export function selfSignedFiles(directory: string): PairFiles {
  const files = { certificate: join(directory, "certificate.pem"), key: join(directory, "key.pem") };
  return { ...files, settings: { certificate: "self-signed certificate", key: "its key" } };
}

/** The self-signed certificate that is kept, or a new one where there is none that is good for a while yet. */
export async function selfSigned(files: PairFiles, log: Log): Promise<Pair> {
  try {
    const pair = await readPair(files);
    if (!endsSoon(pair.leaf)) return pair;
  } catch (error) {
    if (!isMissing(error))
      log.warn({ reason: reasonOf(error) }, "the self-signed certificate cannot be used; a new one is made");
  }
  return makeSelfSigned(files, log);
}

/** Whether a self-signed certificate is to be made anew. */
export function endsSoon(leaf: X509Certificate): boolean {
  return Date.parse(leaf.validTo) - Date.now() < renewBeforeMs;
}

/** A new self-signed pair, kept in its files where they can be written. */
export async function makeSelfSigned(files: PairFiles, log: Log): Promise<Pair> {
  const { cert, key } = await generate();
  try {
    await mkdir(dirname(files.key), { recursive: true, mode: 0o700 });
    await replaceFile(files.key, key, 0o600);
    await replaceFile(files.certificate, cert, 0o644);
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, "the self-signed certificate cannot be kept: the next start makes another");
  }
  return makePair({ cert, key }, files);
}

async function generate(): Promise<{ cert: string; key: string }> {
  const { generate: make } = await import("selfsigned");
  const now = Date.now();
  const name = hostname();
  const names = name !== "localhost" && /^[A-Za-z0-9.-]{1,253}$/.test(name) ? ["localhost", name] : ["localhost"];
  const made = await make([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(now - clockSkewMs),
    notAfterDate: new Date(now + validMs),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}
