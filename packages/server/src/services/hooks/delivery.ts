import { createHmac } from "node:crypto";
import { Exchange, type ExchangeOptions } from "../auth/exchange.ts";
import { checkedLookup, checkHost, type ReachRules, type Resolve, Unreachable } from "./reach.ts";

/** One event on its way: its body is the same for every hook and each time. */
export type Letter = { readonly id: string; readonly kind: string; readonly body: string };

/** What became of one attempt. `hopeless`: another would end the same. */
export type Outcome = {
  readonly arrived: boolean;
  readonly reason: string;
  readonly status?: number;
  readonly hopeless?: boolean;
};

export type DeliverySettings = ReachRules & { readonly url: string; readonly secret: string };

export type DeliveryOptions = Pick<ExchangeOptions, "ca"> & {
  readonly resolve?: Resolve;
  /** Is aborted when an answer would come too late. */
  readonly deadline?: () => AbortSignal;
};

const timeoutMs = 10_000;

/** Posts events to one address, where that address may be posted to. */
export class Delivery {
  readonly #settings: DeliverySettings;
  readonly #url: URL | null;
  readonly #exchange: Exchange;
  readonly #deadline: () => AbortSignal;

  constructor(settings: DeliverySettings, { ca, resolve, deadline }: DeliveryOptions = {}) {
    this.#settings = settings;
    this.#url = URL.parse(settings.url);
    this.#deadline = deadline ?? (() => AbortSignal.timeout(timeoutMs));
    const lookup = checkedLookup(this.#url?.protocol ?? "", settings, resolve);
    this.#exchange = new Exchange({ lookup, ...(ca === undefined ? {} : { ca }) });
  }

  async attempt(letter: Letter): Promise<Outcome> {
    const signal = this.#deadline();
    try {
      if (!this.#url) throw new Unreachable("hooks/address", "it is no address");
      checkHost(this.#url, this.#settings);
      const message = { headers: this.#headers(letter), body: letter.body };
      return outcomeOf(await this.#exchange.tell(this.#url, message, signal));
    } catch (error) {
      const hopeless = error instanceof Unreachable ? { hopeless: true } : {};
      return { arrived: false, reason: signal.aborted ? "no answer in time" : reasonOf(error), ...hopeless };
    }
  }

  close(): void {
    this.#exchange.close();
  }

  #headers({ id, kind, body }: Letter): Readonly<Record<string, string>> {
    const { secret } = this.#settings;
    return {
      "content-type": "application/json",
      "user-agent": "Sluice",
      "sluice-event": kind,
      "sluice-delivery": id,
      ...(secret === "" ? {} : { "sluice-signature": signature(secret, body) }),
    };
  }
}

/** The time is signed too: what is older is not taken for new. */
function signature(secret: string, body: string): string {
  const time = Math.floor(Date.now() / 1_000);
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return { arrived: true, reason: "", status };
  const redirects = status >= 300 && status < 400 ? ": redirections are not followed" : "";
  return { arrived: false, reason: `the answer has status ${status}${redirects}`, status };
}

/** Errors of Node's sockets name addresses and ports; a host with several of them fails with several errors and no message. */
function reasonOf(error: unknown): string {
  if (error instanceof Unreachable) return `${error.code}: ${error.message}`;
  if (error instanceof AggregateError && error.message === "") return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
