import { readFile } from "node:fs/promises";
import { publicKey, secretKey, type VerifyKey } from "./jwt-keys.ts";
import type { Token } from "./jwt-token.ts";

/** The keys that fit a token, or that nobody can say which do. */
export type FoundKeys = readonly VerifyKey[] | "unavailable";

/** Where keys come from. At once, wherever the key is known. */
export type KeySource = { find(token: Token): Promise<FoundKeys> | FoundKeys };

/** Takes note that keys could not be had; the reason names no secret. */
export type KeyTrouble = (reason: string) => void;

const rereadMs = 10_000;

/** The one key that is a secret. */
export class SecretSource implements KeySource {
  readonly #keys: readonly VerifyKey[];

  constructor(secret: string) {
    const key = secretKey(secret);
    this.#keys = key ? [key] : [];
  }

  find(): FoundKeys {
    return this.#keys;
  }
}

/** The one key that is in a file. It is read again now and then, so that another may be put in its place. */
export class FileSource implements KeySource {
  readonly #path: string;
  readonly #trouble: KeyTrouble;
  readonly #clock: () => number;
  #keys: FoundKeys = "unavailable";
  #read = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(path: string, trouble: KeyTrouble, clock: () => number) {
    this.#path = path;
    this.#trouble = trouble;
    this.#clock = clock;
  }

  find({ algorithm }: Token): Promise<FoundKeys> | FoundKeys {
    if (this.#clock() - this.#read >= rereadMs) this.#reread();
    if (this.#keys !== "unavailable") return fitting(this.#keys, algorithm);
    if (this.#reading === undefined) return this.#keys;
    return this.#reading.then(() => (this.#keys === "unavailable" ? this.#keys : fitting(this.#keys, algorithm)));
  }

  #reread(): void {
    this.#read = this.#clock();
    this.#reading ??= this.#load().finally(() => {
      this.#reading = undefined;
    });
  }

  /** The key that was good goes on being used when there is none to put in its place. */
  async #load(): Promise<void> {
    try {
      this.#keys = [publicKey(await readFile(this.#path, "utf8"))];
    } catch (error) {
      this.#trouble(`the key file cannot be used: ${(error as Error).message}`);
    }
  }
}

function fitting(keys: readonly VerifyKey[], algorithm: string): readonly VerifyKey[] {
  return keys.filter(({ algorithms }) => algorithms.includes(algorithm));
}
