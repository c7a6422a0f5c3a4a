import assert from "node:assert/strict";
import test from "node:test";
import { Budget, type BudgetSettings } from "./budget.ts";
import { processSeconds } from "./process-time.ts";

/** A budget on a machine whose processes take so many cores each, on a clock that the test moves. */
function machine(settings: BudgetSettings, taken: Record<number, number> = {}) {
  const state = { at: 0 };
  const budget = new Budget(
    () => settings,
    async (pid) => (taken[pid] === undefined ? undefined : (state.at / 1000) * (taken[pid] ?? 0)),
    () => state.at,
  );
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      state.at += 1000;
      await budget.measure();
    }
  };
  return { budget, pass };
}

const ladder = (cores: number) => ({ cores, hasLadder: true });

function entered(budget: Budget, cores: number) {
  const place = budget.enter(ladder(cores));
  return typeof place === "string" ? assert.fail(place) : place;
}

test("what fits is let in, what does not is told why, and what leaves makes room", () => {
  const { budget } = machine({ budget: 3, maxStreams: 0 });
  const first = entered(budget, 2);
  assert.equal(
    budget.enter(ladder(1.9)),
    "it would take about 1.9 processor cores, and 1 processor core of 3 is free (transcoding.budget)",
  );
  const second = entered(budget, 1);
  assert.match(
    String(budget.enter(ladder(0.1))),
    /^it would take about 0.1 processor cores, and 0.0 processor cores of 3 are free/,
  );
  first.leave();
  second.leave();
  second.leave();
  assert.equal(budget.used, 0);
  entered(budget, 3);
});

test("only so many streams may have ladders; small pictures alone are none", () => {
  const { budget } = machine({ budget: 100, maxStreams: 2 });
  entered(budget, 1);
  entered(budget, 1);
  assert.match(String(budget.enter(ladder(1))), /^2 streams have ladders, and no more may/);
  assert.notEqual(typeof budget.enter({ cores: 0.1, hasLadder: false }), "string");
});

test("what jobs really take counts, and corrects the guesses", async () => {
  const { budget, pass } = machine({ budget: 4, maxStreams: 0 }, { 7: 2 });
  const place = entered(budget, 1);
  place.done(7);
  await pass(3);
  assert.equal(place.cores, 1, "what has just begun tells nothing");
  await pass(60);
  assert.ok(Math.abs(place.cores - 2) < 0.1, `${place.cores}`);
  assert.ok(Math.abs(budget.factor - 2) < 0.1, `${budget.factor}`);
  assert.match(String(budget.enter(ladder(1.5))), /about 3.0 processor cores/);
  place.leave();
  assert.notEqual(typeof budget.enter(ladder(1.5)), "string");
});

test("a process that is gone, or of which nothing is known, is guessed", async () => {
  const { budget, pass } = machine({ budget: 4, maxStreams: 0 });
  const place = entered(budget, 1);
  place.done(8);
  await pass(30);
  place.done(undefined);
  await pass(30);
  assert.deepEqual([place.cores, budget.factor], [1, 1]);
});

test("Linux tells what a process has taken", { skip: process.platform !== "linux" }, async () => {
  const seconds = await processSeconds(process.pid);
  assert.ok(seconds !== undefined && seconds >= 0);
  assert.equal(await processSeconds(2 ** 30), undefined);
});
