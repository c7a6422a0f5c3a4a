import type { Candidate, Way } from "./ways.ts";

/** Why a way is not tried again on this page: it is not there, it brought no picture, or it brought what this browser does not play. */
export type Failure =
  | { readonly kind: "absent" | "failed" }
  | { readonly kind: "codec"; readonly codec: string; readonly hasBoth: boolean };

/** A way that has played and ended soon so often has failed too. */
const shortLimit = 3;

/** What did not work on this page, so that it is not tried again. */
export class Failures {
  readonly #failed = new Map<Way, Failure>();
  readonly #short = new Map<Way, number>();

  /** The best way that has not failed. */
  next(candidates: readonly Candidate[]): Candidate | undefined {
    return candidates.find(({ way }) => !this.#failed.has(way));
  }

  /** Whether there is another way to go on with than this one. */
  hasOther(candidates: readonly Candidate[], than: Way): boolean {
    return candidates.some(({ way }) => way !== than && !this.#failed.has(way));
  }

  add(way: Way, failure: Failure): void {
    this.#failed.set(way, failure);
    // Both bring the same bytes.
    if (failure.kind === "codec" && way === "flv") this.#failed.set("ws-flv", failure);
  }

  /** It played, but not for long. */
  addShort(way: Way): void {
    const times = (this.#short.get(way) ?? 0) + 1;
    this.#short.set(way, times);
    if (times >= shortLimit) this.add(way, { kind: "failed" });
  }

  forgetShort(way: Way): void {
    this.#short.delete(way);
  }

  /** What this browser does not play, if that is what a way failed of. */
  codec(): (Failure & { readonly kind: "codec" }) | undefined {
    const all = [...this.#failed.values()].filter((each) => each.kind === "codec");
    return all.find(({ hasBoth }) => hasBoth) ?? all.find(({ codec }) => codec !== "") ?? all[0];
  }

  forget(): void {
    this.#failed.clear();
    this.#short.clear();
  }
}
