import { dirname, resolve } from "node:path";
import { type WatchSettings, watchFiles } from "../config/watch.ts";
import type { Log } from "../core/log.ts";
import { CertificateError, type Pair, type PairFiles, readPair, reasonOf } from "./pair.ts";

/** Two files as the configuration names them. */
export type PairSettings = { readonly certificate: string; readonly key: string };

/** A pair of files that is being watched. */
export type OpenPair = {
  readonly files: PairFiles;
  /** As it was read last. */
  current(): Pair;
  close(): void;
};

/** Two files are not replaced in one step: a pair that does not fit is looked at once more before anyone hears of it. */
const secondLookMs = 1_000;

/** The files of all configured pairs, relative to the folder that `directory` is in. Throws a `CertificateError` when half of a pair is missing. */
export function configuredFiles(
  directory: string,
  { certificate, key, certificates }: PairSettings & { readonly certificates: readonly PairSettings[] },
): PairFiles[] {
  const base = dirname(directory);
  const single = certificate === "" && key === "" ? [] : [filesOf({ certificate, key }, "tls", base)];
  return [...single, ...certificates.map((pair, index) => filesOf(pair, `tls.certificates.${index}`, base))];
}

function filesOf({ certificate, key }: PairSettings, section: string, base: string): PairFiles {
  const settings = { certificate: `${section}.certificate`, key: `${section}.key` };
  const hint = section === "tls" ? "set both, or none for a self-signed certificate" : "each pair has both";
  if (certificate === "" && key === "") throw new CertificateError(`${section} names no files: ${hint}`);
  if (certificate === "")
    throw new CertificateError(`${settings.key} is set but ${settings.certificate} is not: ${hint}`);
  if (key === "") throw new CertificateError(`${settings.certificate} is set but ${settings.key} is not: ${hint}`);
  return { certificate: resolve(base, certificate), key: resolve(base, key), settings };
}

/** Reads a pair and goes on reading it when its files change. A pair that cannot be used throws at the start; later it changes nothing and is logged. */
export async function openPair(
  files: PairFiles,
  log: Log,
  changed: () => void,
  watch: WatchSettings | undefined,
): Promise<OpenPair> {
  let pair = await readPair(files);
  let timer: NodeJS.Timeout | undefined;
  const read = async (isSecondLook: boolean) => {
    try {
      const next = await readPair(files);
      if (next.cert === pair.cert && next.key === pair.key) return;
      pair = next;
      log.info({ subject: next.leaf.subject, validTo: next.leaf.validTo }, "the TLS certificate has changed");
      warnOfDates(files, next, log);
      changed();
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
    watch,
  );
  return {
    files,
    current: () => pair,
    close: () => {
      clearTimeout(timer);
      unwatch();
    },
  };
}

/** Says when clients will refuse a certificate for its dates. */
export function warnOfDates(files: PairFiles, { leaf }: Pair, log: Log): void {
  const fields = { file: files.certificate, validFrom: leaf.validFrom, validTo: leaf.validTo };
  if (Date.parse(leaf.validTo) < Date.now())
    log.warn(fields, "the TLS certificate has expired: clients will refuse it; replace both files");
  else if (Date.parse(leaf.validFrom) > Date.now())
    log.warn(fields, "the TLS certificate is not valid yet: clients will refuse it");
}
