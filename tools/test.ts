import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./command.ts";
import { add, type Counts, none, words } from "./counts.ts";
import { fetchFfmpeg8 } from "./ffmpeg8.ts";
import { installForeignPrograms } from "./foreign-programs.ts";
import { prepare } from "./prepare.mjs";

/**
 * Everything that must hold, in order, up to the first stage that fails.
 *   npm test                 everything
 *   npm test -- unit         some stages: types, lint, layers, unused (together: check), unit, e2e
 *   npm test -- --coverage   with the coverage of the unit tests
 * The last line is "N passed, N failed, N skipped".
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const minuteMs = 60_000;
const options = process.argv.slice(2).filter((each) => each.startsWith("-"));
const named = process.argv.slice(2).filter((each) => !each.startsWith("-"));
const coverage = options.includes("--coverage") ? ["--coverage"] : [];

const checks = {
  types: () =>
    check(tool("typescript/bin/tsc", "-b", "--force"), tool("typescript/bin/tsc", "-p", "tsconfig.tests.json")),
  lint: () => check(tool("@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".")),
  layers: () => check([process.execPath, "tools/check-layers.ts"]),
  unused: () => check(tool("knip/bin/knip.js", "--no-progress", "--treat-config-hints-as-errors")),
};
/** Those that judge files, answers and counts. The others judge what players show in time, and have the machine for themselves. */
const sideBySide = [
  "challenge-auth",
  "console",
  "console-operate",
  "dash-validator",
  "docs",
  "enhanced-rtmp",
  "enhanced-tracks",
  "hls-validator",
  "http-ts",
  "id3",
  "ladder-files",
  "metrics",
  "mp4",
  "mp4-browser",
  "mpegts",
  "packaging",
  "page-security",
  "publish-and-watch",
  "real-clients",
  "records",
  "relay",
  "secrets",
  "time-shift",
  "tls",
  "transcoding-engine",
  "transcoding-process",
].map((name) => `e2e/${name}.test.ts`);
const stages: Readonly<Record<string, () => Promise<Counts>>> = {
  ...checks,
  unit: () => tests(12, ["--at-once", "2", ...coverage, "packages/*/{src,testing}/**/*.test.ts", "tools/*.test.ts"]),
  e2e: async () => {
    const together = await tests(12, ["--at-once", "2", ...sideBySide]);
    if (together.failed > 0) return together;
    return add(
      together,
      await tests(18, ["--at-once", "1", "e2e/**/*.test.ts", ...sideBySide.map((each) => `!${each}`)]),
    );
  },
};

const wanted = new Set(named.flatMap((name) => (name === "check" ? Object.keys(checks) : [name])));
const unknown = [...wanted].filter((name) => !(name in stages)).concat(options.filter((each) => each !== "--coverage"));
const total = unknown.length > 0 ? refuse() : await runAll();
console.log(words(total));
process.exitCode = total.failed > 0 ? 1 : 0;

function refuse(): Counts {
  console.log(
    `There is no ${unknown.join(" and no ")}; there are ${Object.keys(stages).join(", ")}, check and --coverage.`,
  );
  return { ...none, failed: 1 };
}

async function runAll(): Promise<Counts> {
  let counts = none;
  const chosen = Object.entries(stages).filter(([name]) => wanted.size === 0 || wanted.has(name));
  for (const [name, stage] of chosen) {
    const from = performance.now();
    if (name === "e2e") {
      prepare(); // the server is tested as it ships
      installForeignPrograms();
      fetchFfmpeg8();
    }
    const seen = await stage();
    counts = add(counts, seen);
    const verdict = seen.failed > 0 ? "failed" : "passed";
    const seconds = ((performance.now() - from) / 1_000).toFixed(1);
    console.log(`── ${name} ${verdict} in ${seconds} s${name in checks ? "" : `: ${words(seen)}`}`);
    if (seen.failed > 0) break;
  }
  return counts;
}

function tool(path: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, join(root, "node_modules", path), ...args];
}

/** Programs that find something wrong or nothing; only a failure counts. */
async function check(...lines: readonly (readonly string[])[]): Promise<Counts> {
  for (const line of lines) {
    const { code, tookTooLong } = await run(line, { cwd: root, limitMs: 3 * minuteMs });
    if (tookTooLong) console.log(`${line.slice(1).join(" ")} took more than 3 minutes and was ended`);
    if (code !== 0) return { ...none, failed: 1 };
  }
  return none;
}

/** The runner ends what takes too long by itself and still counts; the limit here is for a runner that does not. */
async function tests(minutes: number, args: readonly string[]): Promise<Counts> {
  const line = [process.execPath, "tools/node-tests.ts", "--minutes", String(minutes), ...args];
  const { code, message } = await run(line, { cwd: root, limitMs: (minutes + 0.5) * minuteMs });
  const counts = (message as Counts | undefined) ?? none;
  if (counts.failed === 0 && (code !== 0 || counts.passed + counts.skipped === 0)) return { ...counts, failed: 1 };
  return counts;
}
