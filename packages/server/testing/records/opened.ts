import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type Records, RecordsError } from "../../src/storage/records/index.ts";

/** Records of one test, empty at its beginning, and the clock that they go by. */
export type Opened = { readonly records: Records; readonly clock: { now: number } };
export type Open = (t: TestContext) => Promise<Opened>;

/** Waits for a call to be refused with a code and a sentence, and returns the sentence. */
export async function refused(call: Promise<unknown>, code: string): Promise<string> {
  const error = await call.then(
    () => undefined,
    (each: unknown) => each,
  );
  assert.ok(error instanceof RecordsError, `${code} was expected, not ${error}`);
  assert.equal(error.code, code, error.message);
  assert.ok(error.message.includes(" "));
  return error.message;
}
