import { writeFileSync } from "node:fs";
import { stalled } from "./player.ts";
import { coursePlot, stallPlot } from "./plot.ts";
import { type Policy, policies } from "./policies.ts";
import { overall, type Row, rowOf, table, writeFigures } from "./report.ts";
import { type Conditions, type Outcome, simulate, usualConditions } from "./simulate.ts";
import { type Trace, traces } from "./traces.ts";

const days = 10;

/**
 * Simulates viewers on networks that change, for the policy of the server and for two others, and tells of it in tables and a sentence. With `isWritten` the tables and
 * the plots go into docs/.
 */
export function adaptive(isWritten: boolean): Promise<string> {
  const rows = rowsOf(usualConditions, days);
  const means = policies.map(({ name }) => overall(rows, name));
  const figures = [table([...rows, ...means]), variations(), recoveries()].join("\n\n");
  console.log(figures);
  if (isWritten) {
    const steps = traces(1)[0];
    writeFigures(figures);
    if (steps) image("steps", coursePlot(steps, courses(steps)));
    const names = policies.map(({ name }) => name);
    image("stalls", stallPlot(rows, names));
  }
  return Promise.resolve(sentence(means));
}

/** Each trace as it is on so many days. */
function rowsOf(conditions: Conditions, seeds: number, compared = policies): Row[] {
  const names = traces(1).map(({ name }) => name);
  return names.flatMap((name, index) =>
    compared.map((policy) => rowOf(name, policy.name, outcomesOf(index, policy, conditions, seeds))),
  );
}

function outcomesOf(index: number, policy: Policy, conditions: Conditions, seeds: number): Outcome[] {
  return Array.from({ length: seeds }, (_, day) => day + 1).flatMap((seed) => {
    const trace = traces(seed)[index];
    return trace ? [simulate(trace, policy, { ...conditions, seed })] : [];
  });
}

function courses(trace: Trace) {
  return policies.map((policy) => ({ policy: policy.name, outcome: simulate(trace, policy, usualConditions) }));
}

const others: readonly { readonly name: string; readonly conditions: Partial<Conditions> }[] = [
  { name: "a keyframe every 4 s", conditions: { groupMs: 4_000 } },
  { name: "a player that has 400 ms", conditions: { bufferMs: 400 } },
  { name: "a player that has 2 s", conditions: { bufferMs: 2_000 } },
  { name: "the kernel is asked about everybody", conditions: { asked: "always" } },
  { name: "what came after a lost packet counts", conditions: { isSelective: true } },
  { name: "no word from the kernel", conditions: { asked: "never" } },
  { name: "no word, and a kernel that takes 1 MB", conditions: { asked: "never", kernelBytes: 1024 * 1024 } },
];

/** The means over all traces, when something else is so; three days are enough for that. */
function variations(): string {
  const rows = others.flatMap(({ name, conditions }) => {
    const compared = policies.filter(({ name: policy }) => policy !== "top rung");
    const own = rowsOf({ ...usualConditions, ...conditions }, 3, compared);
    return compared.map((policy) => ({ ...overall(own, policy.name), trace: name }));
  });
  return table(rows);
}

const dropsMs = [30_000, 60_000];
const recoveredMs = 90_000;

/** How the first trace ends, which goes down in steps: when the top is reached again, and what stalled when the first 2 s of a drop were over. */
function recoveries(): string {
  const lines = [2_000, 4_000].map((groupMs) => {
    const outcomes = policies
      .slice(0, 1)
      .flatMap((policy) => outcomesOf(0, policy, { ...usualConditions, groupMs }, days));
    const back = outcomes.map(backMs).sort((a, b) => a - b);
    const late = outcomes.map(lateStallMs);
    const seconds = (ms = 0) => (ms / 1_000).toFixed(1);
    return `With a keyframe every ${groupMs / 1_000} s Sluice is back at the top ${seconds(back[0])} to ${seconds(back.at(-1))} s after the network is; stalls later than 2 s after a drop: ${seconds(late.reduce((sum, ms) => sum + ms, 0) / late.length)} s on average.`;
  });
  return lines.join("\n");
}

function backMs({ changes, lastedMs }: Outcome): number {
  return (changes.find(({ atMs, rung }) => atMs >= recoveredMs && rung === 0)?.atMs ?? lastedMs) - recoveredMs;
}

function lateStallMs({ seen, lastedMs }: Outcome): number {
  let sum = 0;
  for (const [index, { atMs, what }] of seen.entries()) {
    if (what !== stalled) continue;
    const drop = dropsMs.findLast((each) => each <= atMs) ?? Number.NEGATIVE_INFINITY;
    const endMs = seen[index + 1]?.atMs ?? lastedMs;
    sum += Math.max(0, endMs - Math.max(atMs, drop + 2_000));
  }
  return sum;
}

function image(name: string, text: string): void {
  writeFileSync(new URL(`../../docs/images/adaptive-${name}.svg`, import.meta.url), text);
}

function sentence(means: readonly Row[]): string {
  const told = means.map(
    ({ policy, stalled: still, frozen, kbps, switches }) =>
      `${policy}: ${still.toFixed(2)} % stalled, ${frozen.toFixed(2)} % frozen, ${kbps.toFixed(0)} kbit/s, ${switches.toFixed(1)} switches a minute`,
  );
  return `Viewers that adapt, simulated: ${told.join("; ")}`;
}
