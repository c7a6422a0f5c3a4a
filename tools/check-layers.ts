import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** What the linter cannot say: which folder may import which, which names are no names, and that the walls hold for tests and scripts too. */
const root = fileURLToPath(new URL("..", import.meta.url));
const server = "packages/server/src/";
const wall = 400;

/** From the outside in: a file may import from its own layer's folder or from one further down. `cli` is the outermost. */
const layers: readonly { readonly name: string; readonly folder: RegExp; readonly imports: readonly string[] }[] = [
  { name: "core", folder: /^core\//, imports: ["core"] },
  { name: "units", folder: /^config\/(duration|size|password)\.ts$/, imports: ["units"] },
  { name: "host", folder: /^(protocol|certificates)\.ts$/, imports: ["core", "http", "watch", "host"] },
  { name: "watch", folder: /^config\/watch\.ts$/, imports: [] },
  { name: "http", folder: /^http\//, imports: ["http", "units", "core", "host"] },
  { name: "list", folder: /^protocols\/index\.ts$/, imports: ["protocols", "host"] },
  { name: "protocols", folder: /^protocols\//, imports: ["protocols", "units", "core", "http", "host"] },
  { name: "services", folder: /^services\//, imports: ["services", "units", "core", "host"] },
  { name: "config", folder: /^config\//, imports: ["config", "units", "watch", "list"] },
  { name: "app", folder: /^app\.ts$/, imports: ["list", "services", "http", "config", "units", "core", "host"] },
  {
    name: "cli",
    folder: /^(cli\.ts|cli\/|logger\.ts|version\.ts)/,
    imports: ["cli", "app", "config", "units", "watch", "core", "http"],
  },
];

const emptyNames = /(^|\/)(utils?|helpers?|common|misc|base|managers?|controllers?)(\/|\.ts$|\.mjs$)/;
/** The core serves every protocol and knows none, not even as a word in its code. */
const protocolNames = /["'`/](rtmps?|http-flv|ws-flv|flv|hls|dash|webrtc|whip|whep|srt)["'`/]/i;

const problems: string[] = [];
const files = globSync("{packages/*/{src,bin,testing},tools,e2e,bench}/**/*.{ts,mjs}", { cwd: root }).sort();
for (const file of files) {
  const text = readFileSync(join(root, file), "utf8");
  const lines = text.split("\n").filter((line) => line.trim() !== "").length;
  if (lines > wall) problems.push(`${file}: ${lines} lines; the wall is at ${wall}`);
  if (emptyNames.test(file)) problems.push(`${file}: the name says nothing; ask what noun it serves`);
  if (!file.startsWith(server) || file.endsWith(".test.ts")) continue;
  checkImports(file.slice(server.length), text);
}
for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

function checkImports(file: string, text: string): void {
  const from = layerOf(file);
  if (!from) {
    problems.push(`${server}${file}: stands in no layer (tools/check-layers.ts)`);
    return;
  }
  if (from.name === "core" && protocolNames.test(withoutComments(text)))
    problems.push(`${server}${file}: the core names a protocol`);
  for (const [, target = ""] of text.matchAll(/from "(\.[^"]+)"/g)) {
    const path = normalize(join(dirname(file), target));
    const to = layerOf(path);
    if (!to || !from.imports.includes(to.name)) problems.push(`${server}${file}: ${from.name} may not import ${path}`);
    else if (from.name === "protocols" && to.name === "protocols" && folderOf(file) !== folderOf(path)) {
      problems.push(`${server}${file}: a protocol may not import another (${path})`);
    }
  }
}

function layerOf(file: string): (typeof layers)[number] | undefined {
  return layers.find(({ folder }) => folder.test(file));
}

function folderOf(file: string): string {
  return file.split("/")[1] ?? "";
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "");
}
