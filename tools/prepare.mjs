// Plain JavaScript that any Node from 18 on runs: makes a checkout ready to run.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentOf, findNode } from "../packages/server/bin/runtime.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = ["media", "rtmp", "server"];

/** Fetches Node where it is too old, installs what is missing, builds what is stale. Returns the path of the Node to run with. Costs a few milliseconds when there is nothing to do. */
export function prepare({ build = true } = {}) {
  const node = findNode(join(root, ".toolchain"));
  install(node);
  if (build) buildWhenStale(node);
  return node;
}

/** `npm ci`, when the lockfile is another one than was installed. */
function install(node) {
  const stamp = join(root, "node_modules", ".installed");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say("Installing packages …");
  run(
    "npm",
    ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
    node,
    "The packages could not be installed; check the network, then try again.",
  );
  writeFileSync(stamp, wanted);
}

function buildWhenStale(node) {
  const built = join(root, "packages/server/dist/.built");
  const builtAt = existsSync(built) ? statSync(built).mtimeMs : 0;
  if (builtAt > newest()) return;
  say("Building …");
  run(node, [join(root, "node_modules/typescript/bin/tsc"), "-b"], node, "The build failed; the errors are above.");
  writeFileSync(built, "");
}

/** When a source was last changed. */
function newest() {
  const files = [join(root, "tsconfig.base.json"), join(root, "node_modules", ".installed")];
  for (const name of packages) {
    const folder = join(root, "packages", name);
    files.push(join(folder, "package.json"), join(folder, "tsconfig.json"));
    for (const file of readdirSync(join(folder, "src"), { recursive: true })) {
      if (file.endsWith(".ts") && !file.endsWith(".test.ts")) files.push(join(folder, "src", file));
    }
  }
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

function run(command, args, node, problem) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: environmentOf(node),
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(problem);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
