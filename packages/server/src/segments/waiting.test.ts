import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { until } from "../../testing/host.ts";
import type { Presentation } from "./presentation.ts";
import type { Rendition } from "./rendition.ts";
import { Waiting } from "./waiting.ts";

/** A presentation as far as it tells that it has grown, and who listens. */
function growing(t: TestContext) {
  const listeners = new Set<(rendition: Rendition | undefined) => void>();
  const presentation = {
    onGrown: (listener: (rendition: Rendition | undefined) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  } as unknown as Presentation;
  const waiting = new Waiting<string>();
  t.after(() => waiting.close());
  const grown = (rendition?: Rendition) => [...listeners].forEach((listener) => void listener(rendition));
  return { waiting, presentation, grown, listeners };
}

const rendition = () => ({}) as Rendition;

test("whether it is there is asked once for all who wait for the same, and of each of the others", (t) => {
  const { waiting, presentation, grown, listeners } = growing(t);
  const v0 = rendition();
  const told: string[] = [];
  let asked = 0;
  let isThere = false;
  const isReady = () => {
    asked++;
    return isThere;
  };
  const names = { a: "same", b: "same", c: "same", d: undefined, e: undefined };
  for (const [who, name] of Object.entries(names)) {
    const awaited = { ...(name && { name }), rendition: v0, isReady, seconds: 60 };
    waiting.wait(presentation, awaited, who, (all, outcome) => told.push(`${all.join(" ")}: ${outcome}`));
  }
  assert.equal(waiting.size, 5);
  grown(v0);
  assert.deepEqual({ asked, told }, { asked: 3, told: [] });
  grown(rendition());
  assert.equal(asked, 3);
  isThere = true;
  grown(v0);
  assert.deepEqual(told, ["a b c: ready", "d: ready", "e: ready"]);
  assert.deepEqual({ size: waiting.size, listeners: listeners.size }, { size: 0, listeners: 0 });
});

test("a rendition that has come in the place of another answers those who wait for it", (t) => {
  const { waiting, presentation, grown } = growing(t);
  const [old, fresh] = [rendition(), rendition()];
  const told: string[] = [];
  const wait = (of: Rendition, name: string) =>
    waiting.wait(
      presentation,
      { name: "v0 7", rendition: of, isReady: () => of === fresh, seconds: 60 },
      name,
      (all, outcome) => told.push(`${all.join(" ")} ${outcome}`),
    );
  const leave = wait(old, "old");
  wait(fresh, "fresh");
  grown(fresh);
  assert.deepEqual({ told, size: waiting.size }, { told: ["fresh ready"], size: 1 });
  assert.deepEqual([leave?.(), leave?.(), waiting.size], [true, false, 0]);
});

test("the end of a presentation answers all, and who has waited for too long is told", async (t) => {
  const { waiting, presentation, grown } = growing(t);
  const told: string[] = [];
  const v0 = rendition();
  const wait = (seconds: number) =>
    waiting.wait(
      presentation,
      { name: "v0", rendition: v0, isReady: () => false, seconds },
      `${seconds} s`,
      (all, outcome) => told.push(`${all.join(" ")} ${outcome}`),
    );
  const leave = wait(0);
  wait(60);
  await until(() => told.length > 0, "the one that may not wait is told");
  assert.deepEqual({ told, left: leave?.() }, { told: ["0 s late"], left: false });
  grown();
  assert.deepEqual({ told, size: waiting.size }, { told: ["0 s late", "60 s ready"], size: 0 });
});

test("no more wait than have room", (t) => {
  const { waiting, presentation } = growing(t);
  const awaited = { name: "v0", rendition: undefined, isReady: () => false, seconds: 60 };
  const given = Array.from({ length: 20_001 }, () => waiting.wait(presentation, awaited, "one", () => {}));
  assert.equal(given.filter((leave) => leave !== undefined).length, 20_000);
  given[0]?.();
  assert.notEqual(
    waiting.wait(presentation, awaited, "one", () => {}),
    undefined,
  );
});
