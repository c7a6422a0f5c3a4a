// Plain JavaScript that any Node from 18 on runs: finds a Node that Sluice runs on, and fetches one where there is none.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const needed = [22, 18];
const fetched = "24.21.0";
/** A small young generation: thousands of sockets make short-lived objects all the time, and a large one would only hold them longer. */
const memoryFlags = ["--max-semi-space-size=4"];

/** Whether the Node that runs this is new enough. */
export function isNewEnough(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > needed[0] || (major === needed[0] && minor >= needed[1]);
}

/** The path of a Node that is new enough: this one, or one fetched once into `folder` from the npm registry. Throws an Error that says what to do. */
export function findNode(folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sluice")) {
  if (isNewEnough()) return process.execPath;
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const binary = join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(binary)) return binary;
  process.stderr.write(
    `Sluice needs Node ${needed.join(".")} or newer and this is ${process.versions.node}: fetching Node ${fetched} once into ${folder} …\n`,
  );
  mkdirSync(folder, { recursive: true });
  const args = [
    "install",
    "--prefix",
    folder,
    "--no-save",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    `${name}@${fetched}`,
  ];
  const { status, error, stderr } = spawnSync("npm", args, { encoding: "utf8", shell: process.platform === "win32" });
  if (status === 0 && existsSync(binary)) return binary;
  const why = error
    ? "npm could not be started"
    : (stderr.split("\n").find((line) => line.includes("npm error")) ?? `npm ended with code ${status}`);
  throw new Error(
    `Node ${fetched} could not be fetched: ${why}. Check the network and that ${folder} can be written, or install Node ${needed.join(".")} or newer yourself.`,
  );
}

/** The environment in which `node` is the given one, for npm too, also when it compiles something. */
export function environmentOf(node) {
  const bin = dirname(node);
  return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`, npm_config_nodedir: dirname(bin) };
}

/** Runs a script with the given Node in place of this process where the platform can, else as a child that gets this process's signals and gives it its exit code. */
export function become(node, args, flags = memoryFlags) {
  const environment = node === process.execPath ? process.env : environmentOf(node);
  if (node === process.execPath && typeof process.execve === "function" && process.platform !== "win32") {
    process.execve(node, [node, ...flags, ...args], environment);
  }
  const child = spawn(node, [...flags, ...args], { stdio: "inherit", env: environment });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
