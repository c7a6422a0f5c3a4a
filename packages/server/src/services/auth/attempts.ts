import { address, enclosing } from "../../config/network.ts";
import { now } from "../../core/clock.ts";

export type AttemptLimits = {
  /** How often one address may ask in a minute. */
  readonly attempts: number;
  /** How often it may be refused in a minute before it is not listened to for the rest of it. */
  readonly refusals: number;
};

type Count = { readonly since: number; asked: number; refused: number };

const minuteMs = 60_000;
const maxAddresses = 100_000;
/** Whoever has one IPv6 address has as many as they like of the same network. */
const ipv6Bits = 64;

/** Counts how often an address asks and is refused, so that nobody tries keys by the thousand. */
export class Attempts {
  readonly #limits: () => AttemptLimits;
  readonly #clock: () => number;
  /** The minute that was begun first comes first. */
  readonly #counts = new Map<string, Count>();

  constructor(limits: () => AttemptLimits, clock: () => number = now) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** It asks. */
  note(from: string): void {
    this.#count(from).asked++;
  }

  /** It was told no. */
  refused(from: string): void {
    this.#count(from).refused++;
  }

  /** Whether it has asked more often than it may, or was refused as often. */
  isTooMany(from: string): boolean {
    const count = this.#counts.get(nameOf(from));
    if (!count || this.#isOver(count)) return false;
    const { attempts, refusals } = this.#limits();
    return count.asked > attempts || count.refused >= refusals;
  }

  #count(from: string): Count {
    const name = nameOf(from);
    const known = this.#counts.get(name);
    if (known && !this.#isOver(known)) return known;
    this.#counts.delete(name);
    this.#forget();
    const count = { since: this.#clock(), asked: 0, refused: 0 };
    this.#counts.set(name, count);
    return count;
  }

  /** What is over goes; where everything is full of what is not, what was begun first goes all the same. */
  #forget(): void {
    for (const [name, count] of this.#counts) {
      if (!this.#isOver(count) && this.#counts.size < maxAddresses) return;
      this.#counts.delete(name);
    }
  }

  #isOver({ since }: Count): boolean {
    return this.#clock() - since >= minuteMs;
  }
}

function nameOf(text: string): string {
  const found = address(text);
  if (!found) return text;
  return found.family === 4 ? `4 ${found.value}` : `${enclosing(found, ipv6Bits).value.toString(16)}/${ipv6Bits}`;
}
