import { Stream } from "./stream.ts";
import type { StreamName } from "./stream-name.ts";

/** `late`: it did not come in time. */
export type Arrival = Stream | "late";

const mostWaiting = 20_000;
/** Of one connection. */
const mostOfOne = 16;

/**
 * Those who wait for a stream, and have no cursor yet: viewers over protocols that answer when it is there. That a stream is awaited is what starts to fetch it from another server.
 */
export class Arrivals {
  readonly #await: (name: StreamName) => Stream | object;
  readonly #waiting = new WeakMap<object, number>();
  #count = 0;

  constructor(awaiting: (name: StreamName) => Stream | object) {
    this.#await = awaiting;
  }

  /** How many wait. */
  get size(): number {
    return this.#count;
  }

  /**
   * Calls `done` once: when the stream is there and it is known what it has, or after `waitMs`. `connection` is the one by which the viewer asks. Returns the function that gives up, or undefined
   * when too many wait.
   */
  wait(
    name: StreamName,
    waitMs: number,
    connection: object,
    done: (arrival: Arrival) => void,
  ): (() => void) | undefined {
    const ofOne = this.#waiting.get(connection) ?? 0;
    if (this.#count >= mostWaiting || ofOne >= mostOfOne) return undefined;
    const stream = this.#await(name);
    if (!(stream instanceof Stream)) return undefined;
    this.#count++;
    this.#waiting.set(connection, ofOne + 1);
    const letGo = stream.keep();
    const stop = () => {
      clearTimeout(timer);
      leave();
      this.#count--;
      this.#waiting.set(connection, (this.#waiting.get(connection) ?? 1) - 1);
      letGo();
    };
    const finish = (arrival: Arrival) => {
      stop();
      done(arrival);
    };
    const timer = setTimeout(() => finish(stream.state === "waiting" ? "late" : stream), waitMs).unref();
    const leave = stream.consume({
      packet: () => stream.settled && finish(stream),
      source: () => {},
      ended: () => finish("late"),
    });
    return stop;
  }
}
