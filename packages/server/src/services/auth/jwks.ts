import { keysOfSet, type VerifyKey } from "./jwt-keys.ts";
import type { FoundKeys, KeySource, KeyTrouble } from "./jwt-sources.ts";
import type { Token } from "./jwt-token.ts";

export type KeySetParts = {
  /** http or https. User and password in it are sent as Basic authentication. */
  readonly url: string;
  /** For how long keys are good before they are fetched anew. */
  readonly goodForMs: () => number;
  readonly trouble: KeyTrouble;
  readonly clock: () => number;
  /** How long an answer may take, redirections included. */
  readonly limitMs?: number;
};

const defaultLimitMs = 3_000;
/** Whatever is shown to us, the issuer is not asked more often. */
const pauseMs = 5_000;
const maxBytes = 256 * 1_024;
const maxRedirections = 3;
/** Of the keys that fit a token without a `kid`, so many are tried. */
const maxTried = 4;

/** The keys that an issuer publishes (JWKS). Only tokens with a key that is not known wait for it; keys that are known go on being used while it is away. */
export class KeySet implements KeySource {
  readonly #parts: KeySetParts;
  #keys: readonly VerifyKey[] = [];
  #fetched = Number.NEGATIVE_INFINITY;
  #asked = Number.NEGATIVE_INFINITY;
  /** Whether the last answer was one to go by. */
  #isHeard = false;
  #asking: Promise<void> | undefined;

  constructor(parts: KeySetParts) {
    this.#parts = parts;
  }

  find(token: Token): Promise<FoundKeys> | FoundKeys {
    const { clock, goodForMs } = this.#parts;
    const known = this.#known(token);
    const isOld = clock() - this.#fetched >= goodForMs();
    if ((isOld || known.length === 0) && clock() - this.#asked >= pauseMs) this.#ask();
    if (known.length > 0) return known;
    return this.#asking === undefined ? this.#answer(token) : this.#asking.then(() => this.#answer(token));
  }

  #answer(token: Token): FoundKeys {
    const known = this.#known(token);
    return known.length === 0 && !this.#isHeard ? "unavailable" : known;
  }

  #known({ algorithm, keyId }: Token): readonly VerifyKey[] {
    return this.#keys
      .filter(({ id, algorithms }) => (keyId === undefined || keyId === id) && algorithms.includes(algorithm))
      .slice(0, maxTried);
  }

  #ask(): void {
    this.#asked = this.#parts.clock();
    this.#asking ??= this.#load().finally(() => {
      this.#asking = undefined;
    });
  }

  async #load(): Promise<void> {
    const { url, limitMs = defaultLimitMs, trouble, clock } = this.#parts;
    const signal = AbortSignal.timeout(limitMs);
    try {
      this.#keys = keysOfSet(await fetched(url, signal));
      this.#fetched = clock();
      this.#isHeard = true;
    } catch (error) {
      this.#isHeard = false;
      trouble(`the issuer's keys cannot be had: ${signal.aborted ? "no answer in time" : reasonOf(error)}`);
    }
  }
}

/** The text behind an address. Throws for anything but a whole answer with status 200. */
async function fetched(address: string, signal: AbortSignal): Promise<string> {
  const first = new URL(address);
  const headers = { accept: "application/json", "user-agent": "Sluice", ...credentials(first) };
  let url = plain(first);
  for (let count = 0; count <= maxRedirections; count++) {
    if (!/^https?:$/.test(url.protocol)) throw new KeySetError("its address is neither http nor https");
    const response = await fetch(url, { headers, redirect: "manual", signal });
    if (response.status === 200) return await text(response);
    await response.body?.cancel();
    const location = response.headers.get("location");
    const next = response.status >= 300 && response.status < 400 && location !== null && URL.parse(location, url.href);
    if (!next) throw new KeySetError(`the answer has status ${response.status}`);
    if (!isSameHost(next, url)) throw new KeySetError("the answer leads to another host");
    url = plain(next);
  }
  throw new KeySetError("the answer leads on and on");
}

/** From http to https of the same name is as safe; the other way is not. */
function isSameHost(next: URL, from: URL): boolean {
  if (next.origin === from.origin) return true;
  return from.protocol === "http:" && next.protocol === "https:" && next.hostname === from.hostname && next.port === "";
}

async function text(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new KeySetError(`the answer is longer than ${maxBytes} bytes`); // leaving the loop closes the connection
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function credentials({ username, password }: URL): { readonly authorization?: string } {
  if (username === "" && password === "") return {};
  const both = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(both).toString("base64")}` };
}

/** `fetch` takes no address with credentials in it. */
function plain(url: URL): URL {
  const copy = new URL(url);
  copy.username = "";
  copy.password = "";
  return copy;
}

class KeySetError extends Error {}

/** Words of ours, or the system's code: the messages of others may quote the address, and what it holds. */
function reasonOf(error: unknown): string {
  if (error instanceof KeySetError) return error.message;
  if (error instanceof SyntaxError) return "the answer is no JSON";
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === "string" ? cause.code : "the answer is no set of keys";
}
