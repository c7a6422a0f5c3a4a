import assert from "node:assert/strict";
import test from "node:test";
import { testHost } from "../../../testing/host.ts";
import { type HealthParts, healthPages } from "./index.ts";
import { reachable } from "./reachable.ts";

const fine: HealthParts = {
  isListening: () => true,
  isStopping: () => false,
  isDraining: () => false,
  records: async () => true,
};
const cases: { name: string; parts: Partial<HealthParts>; ready: [number, string] }[] = [
  { name: "all is well", parts: {}, ready: [200, "ok\n"] },
  { name: "no records are in use", parts: { records: async () => undefined }, ready: [200, "ok\n"] },
  { name: "a listener is not open yet", parts: { isListening: () => false }, ready: [503, "not ready: starting\n"] },
  { name: "the server is emptied", parts: { isDraining: () => true }, ready: [503, "not ready: draining\n"] },
  { name: "the server stops", parts: { isStopping: () => true }, ready: [503, "not ready: stopping\n"] },
  { name: "the records are away", parts: { records: async () => false }, ready: [503, "not ready: records\n"] },
];

for (const { name, parts, ready } of cases) {
  test(`when ${name} /readyz says ${ready[0]}, and /healthz that the process answers`, async (t) => {
    const host = await testHost();
    t.after(() => host.close());
    host.http.page(healthPages({ ...fine, ...parts }));
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${host.ports["http.port"]}${path}`);
      return [response.status, await response.text()];
    };
    assert.deepEqual(await ask("/readyz"), ready);
    assert.deepEqual(await ask("/healthz"), [200, "ok\n"]);
  });
}

test("the database is asked at most every other second, however many want to know", async () => {
  let at = 0;
  let asked = 0;
  let isAway = false;
  const ask = async () => {
    asked++;
    if (isAway) throw new Error("away");
  };
  const records = reachable(
    () => true,
    ask,
    () => at,
  );
  assert.deepEqual(await Promise.all([records(), records(), records()]), [true, true, true]);
  assert.equal(asked, 1);
  isAway = true;
  assert.equal(await records(), true, "it was there a moment ago");
  at += 2_000;
  assert.equal(await records(), false);
  assert.equal(asked, 2);
});

test("where no records are kept none are asked", async () => {
  const records = reachable(
    () => false,
    () => Promise.reject(new Error("there are none")),
  );
  assert.equal(await records(), undefined);
});
