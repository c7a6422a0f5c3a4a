// Plain JavaScript that any Node from 18 on runs: makes a checkout ready to run.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentOf, findNode, runNpm } from "../packages/server/bin/runtime.mjs";

const checkout = fileURLToPath(new URL("..", import.meta.url));

/** Fetches Node where it is too old, installs what is missing, builds what is stale. Returns the path of the Node to run with. Costs a few milliseconds when there is nothing to do. Throws an Error that says what to do. */
export function prepare({ root = checkout, build = true } = {}) {
  const node = findNode(join(root, ".toolchain"));
  install(root, node);
  if (build) buildWhenStale(root, node);
  return node;
}

/** `npm ci`, when the lockfile is another one than was installed. */
function install(root, node) {
  const stamp = join(root, "node_modules", ".installed");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (textOf(stamp) === wanted) return;
  refuseReadOnly(root);
  say("Installing packages …");
  // Building needs the development packages too, whatever NODE_ENV says.
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = runNpm(args, {
    node,
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: environmentOf(node),
  });
  if (status !== 0) throw new Error("The packages could not be installed; check the network, then try again.");
  writeFileSync(stamp, wanted);
}

function buildWhenStale(root, node) {
  const stamp = join(root, "packages/server/dist/.built");
  const program = join(root, "packages/server/dist/bundle/cli.js");
  const wanted = sourcesOf(root);
  const isThere = existsSync(program);
  if (isThere && textOf(stamp) === wanted) return;
  refuseReadOnly(root);
  say("Building …");
  // tsc takes its own notes for the build, also when the build itself was deleted.
  run(node, root, "node_modules/typescript/bin/tsc", "-b", ...(isThere ? [] : ["--force"]));
  run(node, root, "tools/bundle.mjs");
  writeFileSync(stamp, wanted);
}

function run(node, root, script, ...args) {
  const { status } = spawnSync(node, [join(root, script), ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Error("The build failed; the errors are above.");
}

/** Stands for every source that is built: its path, size and time of change. */
function sourcesOf(root) {
  const files = ["tsconfig.json", "tsconfig.base.json", "package-lock.json", "tools/bundle.mjs"];
  for (const name of readdirSync(join(root, "packages"))) {
    const folder = join("packages", name);
    if (!existsSync(join(root, folder, "tsconfig.json"))) continue;
    files.push(join(folder, "package.json"), join(folder, "tsconfig.json"), ...sourcesIn(root, join(folder, "src")));
  }
  const hash = createHash("sha256");
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function sourcesIn(root, folder) {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesIn(root, path);
    return /\.(?:ts|tsx|css)$/.test(path) && !path.endsWith(".test.ts") ? [path] : [];
  });
}

function refuseReadOnly(root) {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    throw new Error(`${root} cannot be written, and there are packages to install or sources to build in it.`);
  }
}

function textOf(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
