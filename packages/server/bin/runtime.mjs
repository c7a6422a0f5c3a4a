// Plain JavaScript that any Node from 18 on runs: finds a Node that Sluice runs on, and fetches one where there is none.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { constants, homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";

const needed = [22, 18];
const fetched = "24.21.0";
const fetchLimitMs = 5 * 60_000;
const isWindows = process.platform === "win32";
/**
 * A small young generation: thousands of sockets make short-lived objects all the time, and a large one would only hold them longer. And no compiler between the quick and the good one: what it
 * works with stays in memory afterwards, 10 to 20 MiB, and nothing is slower without it.
 */
const memoryFlags = ["--max-semi-space-size=2", "--no-maglev"];
/** glibc has a heap for each thread, and what one has let go of does not serve another: a tenth of what a server with thousands of viewers weighs. */
const memoryEnvironment = { MALLOC_ARENA_MAX: "2" };

/** Whether the Node that runs this is new enough. */
export function isNewEnough(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > needed[0] || (major === needed[0] && minor >= needed[1]);
}

/** The path of a Node that is new enough: this one, or one fetched once into `folder` from the npm registry. Throws an Error that says what to do. */
export function findNode(folder = cacheFolder(), version = process.versions.node) {
  if (isNewEnough(version)) return process.execPath;
  const home = join(folder, "node_modules", packageName());
  const binary = binaryIn(home);
  if (fetchedVersion(home) === fetched && existsSync(binary)) return binary;
  process.stderr.write(
    `Sluice needs Node ${needed.join(".")} or newer and this is ${version}: fetching Node ${fetched} into ${folder}, this once …\n`,
  );
  try {
    fetchInto(folder, home);
  } catch (error) {
    throw new Error(
      `Node ${fetched} could not be fetched: ${reason(error)}. Put that right and try again, or install Node ${needed.join(".")} or newer yourself.`,
    );
  }
  return binary;
}

/** Runs npm with the given Node and waits; returns what spawnSync returns. Throws an Error where there is no npm. */
export function runNpm(args, { node = process.execPath, ...options } = {}) {
  const script = process.env.npm_execpath;
  // The npm that called us is the one that works here, even when none is on PATH.
  const called = script && basename(script) === "npm-cli.js" && existsSync(script);
  const result = called
    ? spawnSync(node, [script, ...args], options)
    : spawnSync("npm", isWindows ? args.map((each) => `"${each}"`) : args, { ...options, shell: isWindows });
  if (result.error?.code === "ENOENT") throw new Error("there is no npm on PATH; npm comes with Node");
  if (result.error?.code === "ETIMEDOUT") throw new Error("npm took too long; is the network slow or closed?");
  if (result.error) throw new Error(`npm could not be started (${result.error.message})`);
  return result;
}

/** The environment in which `node` is the given one, for npm too, also when it compiles something. */
export function environmentOf(node) {
  const bin = dirname(node);
  return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`, npm_config_nodedir: dirname(bin) };
}

/** Runs a script with the given Node in place of this process where the platform can, else as a child that gets this process's signals and gives it its exit code. */
export function become(node, args, flags = memoryFlags) {
  const own = node === process.execPath ? process.env : environmentOf(node);
  const environment = flags === memoryFlags ? { ...memoryEnvironment, ...own } : own;
  if (node === process.execPath && typeof process.execve === "function" && !isWindows) {
    process.execve(node, [node, ...flags, ...args], environment);
  }
  const child = spawn(node, [...flags, ...args], { stdio: "inherit", env: environment });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => pass(signal, child));
  child.on("error", (error) => {
    process.stderr.write(`${node} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

/** Ctrl-C reaches every process of the terminal's foreground by itself, and npm sends it on as well: one more would tell the child to hurry. */
function pass(signal, child) {
  if (signal === "SIGINT" && process.stdin.isTTY) return;
  child.kill(signal);
}

/** Fetches beside the final place and moves: whoever finds the folder finds all of it, also when this is cut off or runs twice at once. */
function fetchInto(folder, home) {
  mkdirSync(dirname(home), { recursive: true });
  const staging = mkdtempSync(join(folder, "fetching-"));
  try {
    const quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
    const args = ["install", "--prefix", staging, ...quiet, `${packageName()}@${fetched}`];
    const { status, stderr } = runNpm(args, { cwd: staging, encoding: "utf8", timeout: fetchLimitMs });
    if (status !== 0) throw new Error(npmReason(stderr, status));
    const arrived = join(staging, "node_modules", packageName());
    const { stdout } = spawnSync(binaryIn(arrived), ["--version"], { encoding: "utf8" });
    if (stdout?.trim() !== `v${fetched}`) throw new Error("it arrived but does not run on this system");
    rmSync(home, { recursive: true, force: true });
    renameSync(arrived, home);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function packageName() {
  return `node-${isWindows ? "win" : process.platform}-${process.arch}`;
}

function binaryIn(home) {
  return join(home, "bin", isWindows ? "node.exe" : "node");
}

function fetchedVersion(home) {
  try {
    return JSON.parse(readFileSync(join(home, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
}

/** Where a user's programs keep what can be had again. */
function cacheFolder() {
  const usual = isWindows ? process.env.LOCALAPPDATA : process.env.XDG_CACHE_HOME;
  return join(usual || join(homedir(), ".cache"), "sluice");
}

function npmReason(stderr, status) {
  if (/EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/.test(stderr))
    return "the npm registry cannot be reached; check the network and npm's proxy settings";
  const line = stderr.split("\n").find((each) => /^npm (error|ERR!) (?!code|errno|syscall)/.test(each));
  return line?.replace(/^npm (error|ERR!) /, "npm says: ") ?? `npm ended with code ${status}`;
}

function reason(error) {
  if (["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR"].includes(error.code) && error.path)
    return `${error.path} cannot be written (${error.code})`;
  return error.message;
}
