import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Everything that must hold, in order: types, lint, layers, unused code, unit tests, end-to-end tests.
 *   npm test                 everything
 *   npm test -- unit         one stage: types, lint, layers, unused, unit or e2e
 *   npm test -- --coverage   with the coverage of the unit tests
 * The last line is "N passed, N failed, N skipped".
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const minuteMs = 60_000;
const wanted = process.argv.slice(2).filter((each) => !each.startsWith("--"));
const coverage = process.argv.includes("--coverage") ? ["--experimental-test-coverage"] : [];

type Counts = { passed: number; failed: number; skipped: number };
type Stage = { readonly name: string; run(): Promise<Counts> };

const tool = (path: string, ...args: string[]) => [process.execPath, join(root, "node_modules", path), ...args];
const stages: readonly Stage[] = [
  {
    name: "types",
    run: async () =>
      add(
        await command(tool("typescript/bin/tsc", "-b", "--force")),
        await command(tool("typescript/bin/tsc", "-p", "tsconfig.tests.json")),
      ),
  },
  { name: "lint", run: () => command(tool("@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".")) },
  { name: "layers", run: () => command([process.execPath, "tools/check-layers.ts"]) },
  { name: "unused", run: () => command(tool("knip/bin/knip.js", "--no-progress")) },
  { name: "unit", run: () => tests("packages/*/{src,testing}/**/*.test.ts", 5, ["--test-concurrency=2", ...coverage]) },
  { name: "e2e", run: () => tests("e2e/**/*.test.ts", 12, ["--test-concurrency=1"]) },
];

installPeers();
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const stage of stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const from = performance.now();
  const counts = await stage.run();
  Object.assign(total, add(total, counts));
  console.log(`── ${stage.name}: ${words(counts)} in ${((performance.now() - from) / 1000).toFixed(1)} s`);
  if (counts.failed > 0) break;
}
console.log(words(total));
process.exitCode = total.failed > 0 ? 1 : 0;

function words({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** One check that passes or fails as a whole. */
async function command(line: readonly string[]): Promise<Counts> {
  const { code } = await run(line, 3);
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** Test files in one run of node's own test runner, whose closing lines have the counts. A run without tests is a failure. */
async function tests(pattern: string, minutes: number, options: readonly string[]): Promise<Counts> {
  const files = globSync(pattern, { cwd: root }).sort();
  const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
  const { code, output } = await run(
    [process.execPath, "--conditions=@sluice/source", "--test", ...reporters, ...options, ...files],
    minutes,
  );
  const read = (label: string) => Number(new RegExp(`^ℹ ${label} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  const counts = {
    passed: read("pass"),
    failed: read("fail") + read("cancelled"),
    skipped: read("skipped") + read("todo"),
  };
  if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) counts.failed = 1;
  return counts;
}

async function run(
  [program = "", ...args]: readonly string[],
  minutes: number,
): Promise<{ code: number | null; output: string }> {
  const child: ChildProcess = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"], detached: true });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const timer = setTimeout(() => {
    console.log(`took longer than ${minutes} minutes and was ended`);
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  }, minutes * minuteMs);
  await once(child, "close");
  clearTimeout(timer);
  return { code: child.exitCode, output };
}

/** The foreign programs that judge us, by the Debian package that has them. Where they cannot be installed the tests that need them say so and are skipped. */
function installPeers(): void {
  if (wanted.length > 0 && !wanted.includes("e2e")) return;
  const packages = {
    ffmpeg: "/usr/bin/ffmpeg",
    rtmpdump: "/usr/bin/rtmpdump",
    chromium: "/usr/bin/chromium",
    "gstreamer1.0-tools": "/usr/bin/gst-launch-1.0",
  };
  const missing = Object.entries(packages).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
  if (missing.length === 0) return;
  const debian = existsSync("/etc/debian_version") && process.getuid?.() === 0;
  if (!debian) {
    console.log(`Not installed: ${missing.join(", ")}. The tests that need them are skipped.`);
    return;
  }
  if (missing.includes("gstreamer1.0-tools")) missing.push("gstreamer1.0-plugins-good", "gstreamer1.0-plugins-bad");
  console.log(`Installing ${missing.join(", ")} …`);
  const apt = (...args: string[]) =>
    spawnSync("apt-get", args, {
      stdio: ["ignore", "ignore", "inherit"],
      timeout: 8 * minuteMs,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  apt("update");
  if (apt("install", "-y", "--no-install-recommends", ...missing).status !== 0) {
    console.log(`${missing.join(", ")} could not be installed; the tests that need them are skipped.`);
  }
}
