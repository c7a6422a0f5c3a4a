import { now } from "../../core/clock.ts";
import { randomText } from "./challenge-hashes.ts";

export type ChallengeMode = "adobe" | "llnw";

/** Who was challenged, and how. */
export type PendingChallenge = { readonly mode: ChallengeMode; readonly user: string; readonly app: string };

type Kept = PendingChallenge & { readonly until: number };

const lifetimeMs = 60_000;
const maxPending = 4_096;

/** The challenges that wait for their answer: fresh ones for each attempt, each good once. */
export class PendingChallenges {
  /** By what the encoder sends back. As all live equally long, the first is the oldest. */
  readonly #pending = new Map<string, Kept>();
  readonly #clock: () => number;

  constructor(clock: () => number = now) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Returns the text by which it is taken. */
  issue(challenge: PendingChallenge): string {
    this.#forget();
    const id = randomText();
    this.#pending.set(id, { ...challenge, until: this.#clock() + lifetimeMs });
    return id;
  }

  /** Whom it was for. The same is not taken a second time. */
  take(id: string): PendingChallenge | undefined {
    const found = this.#pending.get(id);
    this.#pending.delete(id);
    return found && found.until > this.#clock() ? found : undefined;
  }

  /** Those that are too old, and the oldest when there are too many. */
  #forget(): void {
    const time = this.#clock();
    for (const [id, { until }] of this.#pending) {
      if (until > time && this.#pending.size < maxPending) return;
      this.#pending.delete(id);
    }
  }
}
