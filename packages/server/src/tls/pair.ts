import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmod, open, rename, writeFile } from "node:fs/promises";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";

/** A certificate with its chain, and its key: read, checked against each other, and ready to be shown. */
export type Pair = {
  readonly cert: string;
  readonly key: string;
  readonly leaf: X509Certificate;
  readonly context: SecureContext;
};

/** Two files in PEM, and the configuration keys that name them. */
export type PairFiles = {
  readonly certificate: string;
  readonly key: string;
  readonly settings: { readonly certificate: string; readonly key: string };
};

/** A certificate or key file that cannot be used. The message says which, why, and what to do. */
export class CertificateError extends Error {
  override readonly name: string = "CertificateError";
  readonly code = "tls/certificate";
}

const maxFileBytes = 1024 * 1024;

/** What all listeners accept: TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only (Mozilla's intermediate profile, version 5.8). The client chooses among them, as it knows which its hardware is good at. */
export const tlsDefaults = {
  minVersion: "TLSv1.2",
  honorCipherOrder: false,
  ciphers: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
  ].join(":"),
} as const satisfies SecureContextOptions;

/** Reads both files. Throws a `CertificateError` for what cannot be used. */
export async function readPair({ certificate, key, settings }: PairFiles): Promise<Pair> {
  const [cert, secret] = await Promise.all([readPem(certificate, settings.certificate), readPem(key, settings.key)]);
  return makePair({ cert, key: secret }, { certificate, key });
}

/** Checks that a certificate and a key belong together and can be shown. `from` says where they are from, for the error. */
export function makePair(
  { cert, key }: { readonly cert: string; readonly key: string },
  from: { readonly certificate: string; readonly key: string },
): Pair {
  const leaf = attempt(
    () => new X509Certificate(cert),
    `${from.certificate} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`,
  );
  const secret = attempt(
    () => createPrivateKey(key),
    `${from.key} holds no private key in PEM form without a passphrase`,
  );
  if (!leaf.checkPrivateKey(secret)) {
    throw new CertificateError(
      `${from.key} is not the key of the certificate in ${from.certificate}: replace both together, the server's own certificate first in its file`,
    );
  }
  const context = attempt(
    () => createSecureContext({ cert, key, ...tlsDefaults }),
    `${from.certificate} and ${from.key} are not accepted for TLS`,
  );
  return { cert, key, leaf, context };
}

function attempt<T>(make: () => T, otherwise: string): T {
  try {
    return make();
  } catch (cause) {
    throw new CertificateError(otherwise, { cause });
  }
}

/** Reads a small text file; `what` says what it is for, in the error. */
export async function readPem(file: string, what: string): Promise<string> {
  try {
    const handle = await open(file, "r");
    try {
      if ((await handle.stat()).size > maxFileBytes)
        throw new CertificateError(`${file} (${what}) is larger than 1 MiB`);
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof CertificateError) throw cause;
    throw new CertificateError(`${file} (${what}) cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** Writes a file in one step: who reads it sees the old text or the new one. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode });
  await chmod(temporary, mode); // one that a crash left behind keeps the mode it had
  await rename(temporary, file);
}

/** Whether a file could not be read because it is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
}

/** What went wrong, in its own words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
