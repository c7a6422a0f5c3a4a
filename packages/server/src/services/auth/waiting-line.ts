/** Lets a number in at once; the others wait in order. */
export class WaitingLine {
  #inside = 0;
  /** In their order; called when it is their turn. */
  readonly #waiting = new Set<() => void>();

  /** Waits for one of `places`, behind at most `longest` others and until `signal` is aborted. Whoever is let in has to leave. */
  enter(places: number, longest: number, signal: AbortSignal): Promise<boolean> | boolean {
    if (signal.aborted) return false;
    if (this.#inside < places) {
      this.#inside++;
      return true;
    }
    if (this.#waiting.size >= longest) return false;
    return new Promise((resolve) => {
      const done = (entered: boolean) => {
        this.#waiting.delete(turn);
        signal.removeEventListener("abort", giveUp);
        resolve(entered);
      };
      const turn = () => done(true);
      const giveUp = () => done(false);
      signal.addEventListener("abort", giveUp);
      this.#waiting.add(turn);
    });
  }

  /** The place goes to the first who waits, as long as there are not fewer `places` by now. */
  leave(places: number): void {
    const [next] = this.#waiting;
    if (next && this.#inside <= places) next();
    else this.#inside--;
  }
}
