import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Puts what the server runs from into one folder, without what it was made with. It has to be built before.
 *   node tools/production.ts FOLDER
 */
const root = fileURLToPath(new URL("..", import.meta.url));
/** What tools/bundle.mjs leaves out of the bundle, as it has native code. */
const native = ["@node-rs/argon2", "better-sqlite3", "koffi"];

type Manifest = {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

/** Makes the folder, which must be empty or not there. Throws an Error that says what is missing. */
export function makeProduction(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`);
  const server = join("packages", "server");
  if (!existsSync(join(root, server, "dist", "bundle", "cli.js")))
    throw new Error("the server is not built: npm run build");
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  for (const part of ["package.json", "bin", "assets", join("dist", "bundle")])
    copy(join(server, part), folder, join(server, part));
  for (const name of readdirSync(join(root, "packages"))) copyPages(name, folder);
  for (const name of withDependencies(native)) copy(join("node_modules", name), folder, join("node_modules", name));
}

/** What browsers load is looked for as a package. */
function copyPages(name: string, folder: string): void {
  const from = join("packages", name);
  if (name === "server" || !existsSync(join(root, from, "dist", "bundle"))) return;
  for (const part of ["package.json", join("dist", "bundle")])
    copy(join(from, part), folder, join("node_modules", manifestOf(from).name, part));
}

/** The packages and all that they need, as far as it is installed for this platform. */
function withDependencies(names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const left = [...names];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const from = join("node_modules", name);
    if (found.has(name) || !existsSync(join(root, from, "package.json"))) continue;
    found.add(name);
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(from);
    left.push(...Object.keys(dependencies), ...Object.keys(optionalDependencies));
  }
  return found;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
}

function copy(from: string, folder: string, to: string): void {
  mkdirSync(dirname(join(folder, to)), { recursive: true });
  cpSync(join(root, from), join(folder, to), { recursive: true, dereference: true });
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error("name the folder: node tools/production.ts FOLDER");
  makeProduction(folder);
}
