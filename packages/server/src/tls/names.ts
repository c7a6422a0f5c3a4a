import type { X509Certificate } from "node:crypto";

/** Whom a certificate speaks for: the DNS names of its subject alternative names, wildcards among them, and whether it names an IP address (RFC 5280, 4.2.1.6). */
export type CertificateNames = { readonly dns: readonly string[]; readonly hasAddress: boolean };

/** Reads the names off a certificate. One without any alternative name speaks for its common name, as clients once had it. */
export function namesOf({ subjectAltName, subject }: X509Certificate): CertificateNames {
  if (subjectAltName === undefined) {
    const common = /^CN=(.+)$/m.exec(subject ?? "")?.[1];
    return { dns: common === undefined ? [] : [common.toLowerCase()], hasAddress: false };
  }
  // Node puts a value into quotes that holds a comma or a quotation mark; no name of a host does.
  const entries = Array.from(subjectAltName.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g));
  return {
    dns: entries.flatMap(([, kind, value = ""]) => (kind === "DNS" ? [value.toLowerCase()] : [])),
    hasAddress: entries.some(([, kind]) => kind === "IP Address"),
  };
}

/** Finds what belongs to the name that a client asks for (RFC 6066, 3): the exact name before a wildcard, and of equals the first. A wildcard stands for one label (RFC 6125, 6.4.3). */
export class NameTable<T> {
  readonly #exact = new Map<string, T>();
  readonly #wildcards = new Map<string, T>();

  add(names: readonly string[], value: T): void {
    for (const name of names) {
      const [table, key] = name.startsWith("*.") ? [this.#wildcards, name.slice(2)] : [this.#exact, name];
      if (!table.has(key)) table.set(key, value);
    }
  }

  find(asked: string): T | undefined {
    const name = asked.toLowerCase().replace(/\.$/, "");
    return this.#exact.get(name) ?? this.#wildcards.get(name.slice(name.indexOf(".") + 1 || name.length));
  }
}
