import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { chmod, mkdir, open, rename, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { type WatchSettings, watchFiles } from "./config/watch.ts";
import type { Log } from "./core/log.ts";

export type CertificateOptions = SecureContextOptions & { minVersion: "TLSv1.2" };

/** The certificate that all TLS listeners show. */
export type Certificates = {
  /** What `tls.createServer` and `https.createServer` take, as it is now. */
  options(): CertificateOptions;
  /** Calls back with the new options whenever they changed. Returns the function that ends it. */
  onChange(listener: (options: CertificateOptions) => void): () => void;
  close(): void;
};

export type CertificateSettings = {
  /** Certificate and key file, as in the configuration: both empty for a self-signed certificate. Relative to the folder that `directory` is in. */
  readonly certificate: string;
  readonly key: string;
  /** Where the self-signed certificate is kept. */
  readonly directory: string;
  readonly watch?: WatchSettings;
};

/** A certificate or key file that cannot be used. The message says which, why, and what to do. */
export class CertificateError extends Error {
  override readonly name: string = "CertificateError";
  readonly code = "tls/certificate";
}

type Pair = { readonly cert: string; readonly key: string; readonly leaf: X509Certificate };
type Files = { readonly certificate: string; readonly key: string; readonly selfSigned: boolean };

const dayMs = 24 * 60 * 60 * 1000;
const renewBeforeMs = 30 * dayMs;
/** Apple's clients refuse certificates that are valid for longer than 398 days. */
const validMs = 396 * dayMs;
const clockSkewMs = 60 * 60 * 1000;
const maxFileBytes = 1024 * 1024;
/** Two files are not replaced in one step: a pair that does not fit is looked at once more before anyone hears of it. */
const secondLookMs = 1_000;

/**
 * The configured certificate, or a self-signed one which is made when there is none and renewed before it ends. Files that change are read again; a pair that
 * cannot be used changes nothing and is logged. Throws a `CertificateError` when the configured files cannot be used at the start.
 */
export async function openCertificates(settings: CertificateSettings, log: Log): Promise<Certificates> {
  const files = chooseFiles(settings);
  let pair = files.selfSigned ? await selfSigned(files, log) : await readPair(files);
  if (!files.selfSigned) warnOfDates(files, pair, log);
  const listeners = new Set<(options: CertificateOptions) => void>();
  let timer: NodeJS.Timeout | undefined;

  const use = (next: Pair) => {
    if (next.cert === pair.cert && next.key === pair.key) return;
    pair = next;
    log.info({ subject: next.leaf.subject, validTo: next.leaf.validTo }, "the TLS certificate has changed");
    warnOfDates(files, next, log);
    for (const listener of listeners) listener(optionsOf(next));
  };
  const read = async (isSecondLook: boolean) => {
    try {
      use(await readPair(files));
    } catch (error) {
      if (isSecondLook)
        log.error({ reason: reasonOf(error) }, "the changed TLS certificate cannot be used; the old one stays");
      else timer = setTimeout(() => void read(true), secondLookMs).unref();
    }
  };
  const unwatch = watchFiles(
    [files.certificate, files.key],
    () => {
      clearTimeout(timer);
      void read(false);
    },
    settings.watch,
  );
  const daily = setInterval(() => {
    if (!files.selfSigned) warnOfDates(files, pair, log);
    else if (endsSoon(pair.leaf))
      void makePair(files, log).then(use, (error) => log.error({ reason: reasonOf(error) }, "cannot renew"));
  }, dayMs).unref();

  return {
    options: () => optionsOf(pair),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      clearTimeout(timer);
      clearInterval(daily);
      unwatch();
      listeners.clear();
    },
  };
}

function optionsOf({ cert, key }: Pair): CertificateOptions {
  return { cert, key, minVersion: "TLSv1.2" };
}

function chooseFiles({ certificate, key, directory }: CertificateSettings): Files {
  if (certificate === "" && key === "") {
    return { certificate: join(directory, "certificate.pem"), key: join(directory, "key.pem"), selfSigned: true };
  }
  if (certificate === "")
    throw new CertificateError(
      "tls.key is set but tls.certificate is not: set both, or none for a self-signed certificate",
    );
  if (key === "")
    throw new CertificateError(
      "tls.certificate is set but tls.key is not: set both, or none for a self-signed certificate",
    );
  const base = dirname(directory);
  return { certificate: resolve(base, certificate), key: resolve(base, key), selfSigned: false };
}

async function readPair(files: Files): Promise<Pair> {
  const [cert, key] = await Promise.all([readPem(files.certificate, "tls.certificate"), readPem(files.key, "tls.key")]);
  const leaf = parse(
    () => new X509Certificate(cert),
    `${files.certificate} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`,
  );
  const privateKey = parse(
    () => createPrivateKey(key),
    `${files.key} holds no private key in PEM form without a passphrase`,
  );
  return checked({ cert, key, leaf }, privateKey, files);
}

function checked(pair: Pair, privateKey: KeyObject, files: Files): Pair {
  if (!pair.leaf.checkPrivateKey(privateKey)) {
    throw new CertificateError(
      `${files.key} is not the key of the certificate in ${files.certificate}: replace both together, the server's own certificate first in its file`,
    );
  }
  parse(() => createSecureContext(optionsOf(pair)), `${files.certificate} and ${files.key} are not accepted for TLS`);
  return pair;
}

function parse<T>(attempt: () => T, otherwise: string): T {
  try {
    return attempt();
  } catch (cause) {
    throw new CertificateError(otherwise, { cause });
  }
}

async function readPem(file: string, setting: string): Promise<string> {
  try {
    const handle = await open(file, "r");
    try {
      if ((await handle.stat()).size > maxFileBytes)
        throw new CertificateError(`${file} (${setting}) is larger than 1 MiB`);
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof CertificateError) throw cause;
    throw new CertificateError(`${file} (${setting}) cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function warnOfDates(files: Files, { leaf }: Pair, log: Log): void {
  const fields = { file: files.certificate, validFrom: leaf.validFrom, validTo: leaf.validTo };
  if (Date.parse(leaf.validTo) < Date.now())
    log.warn(fields, "the TLS certificate has expired: clients will refuse it; replace both files");
  else if (Date.parse(leaf.validFrom) > Date.now())
    log.warn(fields, "the TLS certificate is not valid yet: clients will refuse it");
}

function endsSoon(leaf: X509Certificate): boolean {
  return Date.parse(leaf.validTo) - Date.now() < renewBeforeMs;
}

async function selfSigned(files: Files, log: Log): Promise<Pair> {
  try {
    const pair = await readPair(files);
    if (!endsSoon(pair.leaf)) return pair;
  } catch (error) {
    if (!isMissing(error))
      log.warn({ reason: reasonOf(error) }, "the self-signed certificate cannot be used; a new one is made");
  }
  return makePair(files, log);
}

/** A new self-signed pair, kept in its files where they can be written. */
async function makePair(files: Files, log: Log): Promise<Pair> {
  const { cert, key } = await generate();
  const pair = { cert, key, leaf: new X509Certificate(cert) };
  try {
    await mkdir(dirname(files.key), { recursive: true, mode: 0o700 });
    await replace(files.key, key, 0o600);
    await replace(files.certificate, cert, 0o644);
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, "the self-signed certificate cannot be kept: the next start makes another");
  }
  return pair;
}

async function replace(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode });
  await chmod(temporary, mode); // one that a crash left behind keeps the mode it had
  await rename(temporary, file);
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
