import { readFile } from "node:fs/promises";
import type { CountryResponse, Reader } from "mmdb-lib";
import { address, addressText } from "../../config/network.ts";
import { type WatchSettings, watchFiles } from "../../config/watch.ts";
import type { Log } from "../../core/log.ts";

export type CountrySettings = {
  /** Codes of two capital letters. Only from here; empty for all. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
};

/** Knows the countries of addresses, from a file. */
export type Countries = {
  /** The country's code, undefined where it is not known. */
  of(from: string): string | undefined;
  /** Reads another file from now on (empty for none); the one before counts until it is there. */
  use(file: string): Promise<void>;
  close(): void;
};

type Database = Reader<CountryResponse>;

/** Whether someone at the address may do it. Whose country is not known is let in only where no country is asked for. */
export function countryAllowed(
  { allow, deny }: CountrySettings,
  from: string,
  countries: Pick<Countries, "of">,
): boolean {
  if (allow.length === 0 && deny.length === 0) return true;
  const country = countries.of(from);
  if (country === undefined) return allow.length === 0;
  return !deny.includes(country) && (allow.length === 0 || allow.includes(country));
}

/**
 * Opens a file in MaxMind's format (.mmdb); without one no country is known. It is read again when it changes. One that cannot be read changes nothing and is
 * logged, also at the start: then no country is known.
 */
export async function openCountries(file: string, log: Log, watch?: WatchSettings): Promise<Countries> {
  const countries = new CountryFile(log, watch);
  await countries.use(file);
  return countries;
}

class CountryFile implements Countries {
  readonly #log: Log;
  readonly #watch: WatchSettings | undefined;
  #file = "";
  #database: Database | undefined;
  #stopWatching = () => {};

  constructor(log: Log, watch: WatchSettings | undefined) {
    this.#log = log;
    this.#watch = watch;
  }

  of(text: string): string | undefined {
    const found = this.#database && address(text);
    if (!found) return undefined;
    try {
      return codeIn(this.#database?.get(addressText(found)));
    } catch {
      return undefined; // a file that is damaged in the middle
    }
  }

  async use(file: string): Promise<void> {
    if (file === this.#file) return;
    this.#stopWatching();
    this.#file = file;
    if (file === "") {
      this.#stopWatching = () => {};
      this.#database = undefined;
      return;
    }
    this.#stopWatching = watchFiles([file], () => void this.#read(file), this.#watch);
    await this.#read(file);
  }

  close(): void {
    this.#stopWatching();
    this.#file = "";
  }

  async #read(file: string): Promise<void> {
    try {
      const database = await open(file);
      if (file !== this.#file) return; // another one is meant by now
      this.#database = database;
      this.#log.info({ file, made: database.metadata.buildEpoch }, "the file of countries was read");
    } catch (error) {
      if (file !== this.#file) return;
      const what = this.#database ? "what was known before counts" : "no country is known";
      this.#log.error({ file, reason: (error as Error).message }, `the file of countries cannot be used; ${what}`);
    }
  }
}

/** The library is loaded only where there is such a file. */
async function open(file: string): Promise<Database> {
  const [bytes, library] = await Promise.all([readFile(file), import("mmdb-lib")]);
  const database: Database = new library.Reader(bytes);
  const { searchTreeSize, ipVersion } = database.metadata;
  const isWhole = searchTreeSize > 0 && searchTreeSize < bytes.length && (ipVersion === 4 || ipVersion === 6);
  if (!isWhole) throw new Error("it is not in MaxMind's format");
  database.get("192.0.2.1"); // one that is damaged at its beginning fails here
  return database;
}

/** MaxMind's own files, and those of DB-IP, have a record with a code; IPinfo's have the code itself. */
function codeIn(record: CountryResponse | null | undefined): string | undefined {
  const found = record as
    | { readonly country?: string | { readonly iso_code?: unknown }; readonly country_code?: unknown }
    | null
    | undefined;
  const country = found?.country;
  const code = found?.country_code ?? (typeof country === "string" ? country : country?.iso_code);
  return typeof code === "string" && /^[A-Z]{2}$/.test(code) ? code : undefined;
}
