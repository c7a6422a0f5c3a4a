import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { KeyAndChain } from "./acme-order.ts";
import { isMissing, makePair, type Pair, readPem, replaceFile } from "./pair.ts";

const keyBlock = /-----BEGIN (?:EC )?PRIVATE KEY-----[^-]+-----END (?:EC )?PRIVATE KEY-----\n?/;

/** Keeps what an authority gave, and the key that it knows us by, in a folder of its own for each authority: a certificate of a test authority must not outlive the test. */
export class AcmeStore {
  readonly #folder: string;

  constructor(folder: string, authority: string) {
    const { host, pathname } = new URL(authority);
    this.#folder = join(folder, `${host}${pathname}`.replaceAll(/[^A-Za-z0-9.]+/g, "-"));
  }

  /** The account's key, made at the first time. Throws where nothing can be kept: certificates that are lost with each restart would soon use up what the authority allows. */
  async accountKey(make: () => Promise<string>): Promise<string> {
    await this.#makeFolder();
    await access(this.#folder, constants.W_OK);
    const file = join(this.#folder, "account.pem");
    try {
      return await readPem(file, "the ACME account's key");
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    const key = await make();
    await replaceFile(file, key, 0o600);
    return key;
  }

  /** What is kept for a domain, undefined when there is nothing yet. */
  async read(domain: string): Promise<Pair | undefined> {
    const file = this.#file(domain);
    try {
      const text = await readPem(file, `the certificate of ${domain}`);
      const cert = text.replace(keyBlock, "");
      return makePair({ cert, key: keyBlock.exec(text)?.[0] ?? "" }, { certificate: file, key: file });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Chain and key are one file, so that nobody ever finds one without the other. */
  async write(domain: string, { cert, key }: KeyAndChain): Promise<Pair> {
    const file = this.#file(domain);
    await this.#makeFolder();
    const pair = makePair({ cert, key }, { certificate: `the authority's answer for ${domain}`, key: "our key" });
    await replaceFile(file, `${cert.trimEnd()}\n${key.trimEnd()}\n`, 0o600);
    return pair;
  }

  async #makeFolder(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
  }

  #file(domain: string): string {
    return join(this.#folder, `${domain}.pem`);
  }
}
