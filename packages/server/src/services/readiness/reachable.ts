import { now } from "../../core/clock.ts";

/** An answer holds for so long: strangers may ask, and the database is not theirs to keep busy. */
const validMs = 2_000;
const limitMs = 2_000;

/** Whether something answers, asked at most every other second, with one question at a time. Undefined where there is nothing to ask. */
export function reachable(
  isUsed: () => boolean,
  ask: () => Promise<unknown>,
  clock: () => number = now,
): () => Promise<boolean | undefined> {
  let answer: Promise<boolean> | undefined;
  let at = 0;
  return async () => {
    if (!isUsed()) return undefined;
    if (!answer || clock() - at >= validMs) {
      at = clock();
      answer = inTime(ask());
    }
    return answer;
  };
}

function inTime(asked: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), limitMs).unref();
    asked.then(
      () => resolve(true),
      () => resolve(false),
    );
    void asked.finally(() => clearTimeout(timer)).catch(() => {});
  });
}
