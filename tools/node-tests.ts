import { globSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Counts, none } from "./counts.ts";

/**
 * One run of node's test runner over the files of some patterns; what does not end in its time is ended and named. Sends the counts to the process that started it.
 *   node tools/node-tests.ts --minutes 12 --at-once 1 "e2e/*.test.ts" "!e2e/slow.test.ts"
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "5" },
    "at-once": { type: "string", default: "2" },
    coverage: { type: "boolean", default: false },
  },
});

const found = (patterns: readonly string[]) => patterns.flatMap((pattern) => globSync(pattern, { cwd: root }));
const without = new Set(found(positionals.filter((each) => each.startsWith("!")).map((each) => each.slice(1))));
const files = found(positionals.filter((each) => !each.startsWith("!")))
  .filter((file) => !without.has(file))
  .sort();
const paths = new Set(files.map((file) => join(root, file)));
const events = run({
  files: [...paths],
  cwd: root,
  concurrency: Number(values["at-once"]),
  signal: AbortSignal.timeout(Number(values.minutes) * 60_000),
  execArgv: ["--conditions=@sluice/source", "--import", join(root, "tools/seed.ts")],
  coverage: values.coverage,
  coverageExcludeGlobs: ["**/*.test.ts", "packages/*/testing/**", "tools/**"],
});
let counts: Counts = none;
let withoutTests = 0;
events.on("test:pass", ({ name, nesting }) => {
  // node counts a file in which it finds no test as one test that passed
  if (nesting === 0 && paths.has(name)) withoutTests += 1;
});
events.on("test:summary", ({ file, counts: seen }) => {
  if (file !== undefined) return; // one file's; the run's comes last
  const skipped = seen.skipped + seen.todo;
  const failed = seen.tests - seen.passed - skipped + withoutTests;
  counts = { passed: seen.passed - withoutTests, failed, skipped };
});
events.on("end", () => {
  if (withoutTests > 0) console.log(`${withoutTests} files have no test in them`);
  process.send?.(counts);
});
events.compose(spec).pipe(process.stdout);
