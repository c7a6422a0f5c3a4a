import type { SecureContext, SecureContextOptions, TlsOptions } from "node:tls";
import { NameTable, namesOf } from "./names.ts";
import { type Pair, tlsDefaults } from "./pair.ts";

/** What `tls.createServer` and `http2.createSecureServer` take. */
export type CertificateOptions = SecureContextOptions & { minVersion: "TLSv1.2" } & Pick<TlsOptions, "SNICallback">;

type Listener = (options: CertificateOptions) => void;

/** The certificates that all TLS listeners show, and which of them whom. A certificate is made ready once, whichever listener shows it. */
export class ShownCertificates {
  #names = new NameTable<SecureContext>();
  #first: Pair;
  /** A client that dialled an address sends no name: it can only accept a certificate that names an address. */
  #nameless: Pair;
  readonly #listeners = new Set<Listener>();
  readonly #choose: NonNullable<TlsOptions["SNICallback"]> = (name, chosen) =>
    chosen(null, this.#names.find(name) ?? this.#first.context);

  constructor(first: Pair, others: readonly Pair[] = []) {
    this.#first = first;
    this.#nameless = first;
    this.#index([first, ...others]);
  }

  /** From the next handshake on these are shown; the first is for who asks for a name that none has. */
  show(first: Pair, others: readonly Pair[]): void {
    this.#first = first;
    this.#index([first, ...others]);
    this.renewTickets();
  }

  options(): CertificateOptions {
    const { cert, key } = this.#nameless;
    return { cert, key, ...tlsDefaults, SNICallback: this.#choose };
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A listener that gets its options anew makes new keys for session tickets; the old ones could open what was recorded. */
  renewTickets(): void {
    for (const listener of this.#listeners) listener(this.options());
  }

  close(): void {
    this.#listeners.clear();
  }

  #index(pairs: readonly Pair[]): void {
    this.#names = new NameTable();
    const named = pairs.map((pair) => ({ pair, names: namesOf(pair.leaf) }));
    for (const { pair, names } of named) this.#names.add(names.dns, pair.context);
    this.#nameless = named.find(({ names }) => names.hasAddress)?.pair ?? this.#first;
  }
}
