import { join } from "node:path";
import type { WatchSettings } from "./config/watch.ts";
import type { Log } from "./core/log.ts";
import { AcmeCertificates, type AcmeTiming } from "./tls/acme.ts";
import { orderCertificate } from "./tls/acme-order.ts";
import { AcmeStore } from "./tls/acme-store.ts";
import { configuredFiles, openPair, type PairSettings, warnOfDates } from "./tls/configured.ts";
import { type Pair, reasonOf } from "./tls/pair.ts";
import { endsSoon, makeSelfSigned, selfSigned, selfSignedFiles } from "./tls/self-signed.ts";
import { type CertificateOptions, ShownCertificates } from "./tls/shown.ts";

export { CertificateError } from "./tls/pair.ts";
export type { CertificateOptions };

/** The certificates that all TLS listeners show. */
export type Certificates = {
  /** What `tls.createServer` and `http2.createSecureServer` take, as it is now. Which certificate a client gets is chosen by the name that it asks for. */
  options(): CertificateOptions;
  /** Calls back with the new options whenever they changed. Returns the function that ends it. */
  onChange(listener: (options: CertificateOptions) => void): () => void;
  close(): void;
};

/** The certificates as the application holds them. */
export type OpenCertificates = Certificates & {
  /** What an authority is answered that asks over HTTP whether a name is ours, by token. */
  readonly challenges: ReadonlyMap<string, string>;
  /** Begins to order certificates and to renew them (ACME). The authority asks over HTTP, so that has to listen. */
  order(): void;
};

export type CertificateSettings = PairSettings & {
  /** Certificate and key file, as in the configuration: both empty for a self-signed certificate. Relative to the folder that `directory` is in. */
  readonly certificate: string;
  readonly key: string;
  /** Further pairs. */
  readonly certificates?: readonly PairSettings[];
  readonly acme?: AcmeSettings;
  /** Where the self-signed certificate is kept, and what was ordered. */
  readonly directory: string;
  readonly watch?: WatchSettings;
};

type AcmeSettings = {
  readonly domains: readonly string[];
  readonly email: string;
  readonly directory: string;
  readonly agreeToTerms: boolean;
  readonly timing?: AcmeTiming;
};

const dayMs = 24 * 60 * 60 * 1000;
const hint = "the domain has to lead to this server, and http.port has to be reachable from everywhere as port 80";

/**
 * The configured certificates, then those that are ordered by ACME; a self-signed one, which is renewed before it ends, as long as there is none of them.
 * Throws a `CertificateError` when configured files cannot be used at the start.
 */
export async function openCertificates(settings: CertificateSettings, log: Log): Promise<OpenCertificates> {
  const { directory, certificate, key, certificates = [] } = settings;
  const files = configuredFiles(directory, { certificate, key, certificates });
  const challenges = new Map<string, string>();
  const acme = acmeCertificates(settings, challenges, log);
  await acme?.read();
  const opened = await Promise.all(files.map((each) => openPair(each, log, () => show(), settings.watch)));
  for (const each of opened) warnOfDates(each.files, each.current(), log);
  const own = selfSignedFiles(directory);

  const pairs = () => [...opened.map((each) => each.current()), ...(acme?.pairs() ?? [])];
  const [first, ...others] = pairs();
  let fallback: Pair | undefined = first ? undefined : await selfSigned(own, log);
  const shown = new ShownCertificates(first ?? (fallback as Pair), others);
  const show = () => {
    const [first = fallback, ...others] = pairs();
    if (first) shown.show(first, others);
  };
  const daily = setInterval(async () => {
    for (const each of opened) warnOfDates(each.files, each.current(), log);
    if (pairs().length === 0 && fallback && endsSoon(fallback.leaf)) {
      fallback = await makeSelfSigned(own, log).catch((error: unknown) => {
        log.error({ reason: reasonOf(error) }, "cannot renew the self-signed certificate");
        return fallback;
      });
    }
    show();
  }, dayMs).unref();

  return {
    challenges,
    options: () => shown.options(),
    onChange: (listener) => shown.onChange(listener),
    order: () => acme?.start(show),
    close: () => {
      clearInterval(daily);
      acme?.close();
      for (const each of opened) each.close();
      shown.close();
    },
  };
}

function acmeCertificates(
  { acme, directory: folder }: CertificateSettings,
  challenges: Map<string, string>,
  log: Log,
): AcmeCertificates | undefined {
  if (!acme || acme.domains.length === 0 || !acme.agreeToTerms) return undefined;
  const { directory, email, timing } = acme;
  const domains = [...new Set(acme.domains.map((domain) => domain.toLowerCase()))];
  const store = new AcmeStore(join(folder, "acme"), directory);
  const accountKey = (make: () => Promise<string>) => store.accountKey(make);
  return new AcmeCertificates(
    {
      domains,
      store,
      hint,
      order: (domain, signal) => orderCertificate({ domain, directory, email, accountKey, challenges, signal }),
      ...(timing ? { timing } : {}),
    },
    log,
  );
}
