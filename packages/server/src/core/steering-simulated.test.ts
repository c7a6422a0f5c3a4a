import assert from "node:assert/strict";
import test from "node:test";
import { policies } from "../../../../bench/adaptive/policies.ts";
import { overall, type Row, rowOf } from "../../../../bench/adaptive/report.ts";
import { simulate, usualConditions } from "../../../../bench/adaptive/simulate.ts";
import { traces } from "../../../../bench/adaptive/traces.ts";

const seeds = [1, 2];

/** What may happen at most on each trace: per cent of the time stalled, or with a picture that stands, and switches a minute. */
const bounds: Readonly<
  Record<string, { readonly stalled: number; readonly frozen: number; readonly switches: number }>
> = {
  steps: { stalled: 2, frozen: 4, switches: 7 },
  "between two": { stalled: 0.6, frozen: 2, switches: 5.5 },
  "just enough": { stalled: 0.5, frozen: 4.5, switches: 6 },
  decline: { stalled: 2, frozen: 2, switches: 9 },
  "lost second": { stalled: 0.3, frozen: 0.5, switches: 0.7 },
  "home, others download": { stalled: 1.5, frozen: 2, switches: 7.5 },
  "Wi-Fi jitter": { stalled: 0, frozen: 0, switches: 0 },
  "Wi-Fi handover": { stalled: 2, frozen: 4, switches: 4.5 },
  "3G commute": { stalled: 8, frozen: 5.5, switches: 11 },
  "4G drive": { stalled: 2.5, frozen: 5, switches: 8 },
  "5G mmWave": { stalled: 1, frozen: 3.5, switches: 8 },
  "far away": { stalled: 0.1, frozen: 1.5, switches: 1.5 },
  "busy server": { stalled: 0, frozen: 0, switches: 0 },
};

const rows: Row[] = [];
for (const [index, { name }] of traces(1).entries()) {
  test(`on the trace "${name}" a viewer stalls little and switches rarely`, () => {
    const own = policies.map((policy) => {
      const outcomes = seeds.flatMap((seed) => {
        const trace = traces(seed)[index];
        return trace ? [simulate(trace, policy, { ...usualConditions, seed })] : [];
      });
      return rowOf(name, policy.name, outcomes);
    });
    rows.push(...own);
    const [row] = own;
    const bound = bounds[name];
    assert.ok(row && bound);
    for (const figure of ["stalled", "frozen", "switches"] as const) {
      assert.ok(row[figure] <= bound[figure], `${figure}: ${row[figure]} of ${bound[figure]}`);
    }
  });
}

test("over all traces the policy stalls half as much as a plain throughput rule, at its bitrate", () => {
  const [ours, top, plain] = policies.map(({ name }) => overall(rows, name));
  assert.ok(ours && top && plain);
  assert.ok(ours.stalled < plain.stalled * 0.6, `${ours.stalled} and ${plain.stalled}`);
  assert.ok(ours.stalled < top.stalled * 0.1, `${ours.stalled} and ${top.stalled}`);
  assert.ok(ours.kbps > plain.kbps * 0.95, `${ours.kbps} and ${plain.kbps}`);
  assert.ok(ours.switches < plain.switches, `${ours.switches} and ${plain.switches}`);
});

test("the same seed gives the same outcome", () => {
  const [policy] = policies;
  const [trace] = traces(7);
  assert.ok(policy && trace);
  const run = () => simulate(trace, policy, { ...usualConditions, seed: 7 });
  assert.deepEqual(run(), run());
});

test("within 20 s of its network's recovery a viewer is at the top again", () => {
  const [policy] = policies;
  for (const seed of [1, 2, 3, 4]) {
    const [steps] = traces(seed);
    assert.ok(policy && steps);
    const { changes } = simulate(steps, policy, { ...usualConditions, seed });
    const back = changes.find(({ atMs, rung }) => atMs > 90_000 && rung === 0);
    assert.ok(back && back.atMs <= 110_000, `${back?.atMs}`);
  }
});
