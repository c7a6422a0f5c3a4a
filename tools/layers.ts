import { dirname, join, normalize } from "node:path";

/** One source file: its path from the root of the checkout, and what is in it. */
export type Source = { readonly path: string; readonly text: string };

type Layer = { readonly name: string; readonly folder: RegExp; readonly imports: readonly string[] };

const server = "packages/server/src/";

/** What stands in packages/server/src, and the layers that each may import. A file belongs to the first whose folder fits. */
const layers: readonly Layer[] = [
  { name: "core", folder: /^core\//, imports: ["core"] },
  { name: "units", folder: /^config\/(duration|size|password|network|target)\.ts$/, imports: ["units"] },
  {
    name: "host",
    folder: /^(protocol\.ts|certificates\.ts|tls\/)/,
    imports: ["core", "http", "watch", "segments", "host"],
  },
  { name: "tcp", folder: /^tcp\//, imports: ["tcp", "core"] },
  { name: "watch", folder: /^config\/watch\.ts$/, imports: [] },
  { name: "http", folder: /^http\//, imports: ["http", "units", "core", "host"] },
  { name: "segments", folder: /^segments\//, imports: ["segments", "units", "core", "http"] },
  { name: "list", folder: /^protocols\/index\.ts$/, imports: ["protocols", "host"] },
  { name: "protocols", folder: /^protocols\//, imports: ["protocols", "segments", "units", "core", "http", "host"] },
  { name: "storage", folder: /^storage\//, imports: ["storage", "units", "core"] },
  {
    name: "services",
    folder: /^services\//,
    imports: ["services", "storage", "units", "watch", "core", "http", "host"],
  },
  { name: "cluster", folder: /^cluster\//, imports: ["cluster", "units", "core", "host"] },
  { name: "config", folder: /^config\//, imports: ["config", "units", "watch", "list"] },
  {
    name: "app",
    folder: /^(app\.ts$|app\/)/,
    imports: [
      "app",
      "list",
      "services",
      "storage",
      "cluster",
      "segments",
      "http",
      "config",
      "units",
      "tcp",
      "core",
      "host",
    ],
  },
  {
    name: "cli",
    folder: /^(cli\.ts|cli\/|logger\.ts|version\.ts)/,
    imports: ["cli", "app", "services", "config", "units", "watch", "core", "http"],
  },
];

/** The packages that are bytes in and values out, and all that each may import besides its own files. */
const pure: Readonly<Record<string, readonly string[]>> = { api: [], media: [], rtmp: ["@sluice/media"] };

const emptyName = /(^|\/)(utils?|helpers?|common|misc|base|managers?|controllers?)(\/|\.[a-z]+$)/;
const protocolName =
  /(?<![a-z])(rtmps?|rtmpe|flv|hls|cmaf|webrtc|whip|whep|srt|mpeg-?ts|moq)(?![a-z])|(?<=[a-z])(Rtmps?|Flv|Hls|Cmaf|WebRtc|Whip|Whep|Srt|MpegTs|Moq)(?![a-z])|["'`]dash["'`]/;
const accessKeyword = /^\s*(private|protected|public)\s+[\w#]/m;
const suppression = /\bbiome-ignore\b|@ts-(ignore|expect-error|nocheck)\b|\bas any\b/;

/** What is wrong with how the files are named and what they import; one sentence each. */
export function layerProblems(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => problemsOf(source).map((problem) => `${source.path}: ${problem}`));
}

function problemsOf({ path, text }: Source): string[] {
  const problems: string[] = [];
  const code = withoutComments(text);
  if (emptyName.test(path)) problems.push("the name says nothing; ask what noun it serves");
  if (suppression.test(text)) problems.push("a rule is switched off; keep to it or change it for all");
  if (accessKeyword.test(code)) problems.push("private members are written #name");
  if (path.endsWith(".test.ts") || /^packages\/[^/]+\/testing\//.test(path)) return problems;
  const imports = importsOf(code);
  problems.push(...foreignProblems(path, imports));
  if (path.startsWith(server)) problems.push(...serverProblems(path.slice(server.length), imports, code));
  return problems;
}

/** A package is entered by its name, and a pure one imports next to nothing. */
function foreignProblems(path: string, imports: readonly string[]): string[] {
  const [, name = "", inSources] = /^packages\/([^/]+)\/(src\/)?/.exec(path) ?? [];
  const allowed = inSources ? pure[name] : undefined;
  return imports.flatMap((target) => {
    if (!target.startsWith("."))
      return allowed && !allowed.includes(target) ? [`${name} may not import ${target}`] : [];
    const to = normalize(join(dirname(path), target));
    const leaves = inSources && !to.startsWith(`packages/${name}/src/`);
    return leaves ? [`a package is entered by its name, not by ${target}`] : [];
  });
}

function serverProblems(file: string, imports: readonly string[], code: string): string[] {
  const from = layerOf(file);
  if (!from) return ["stands in no layer (tools/layers.ts)"];
  const problems: string[] = [];
  const named = protocolName.exec(code)?.[0];
  if (from.name === "core" && named !== undefined) problems.push(`the core names a protocol (${named})`);
  for (const target of imports) {
    const problem = target.startsWith(".")
      ? importProblem(file, from, normalize(join(dirname(file), target)))
      : packageProblem(file, from, target);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

function importProblem(file: string, from: Layer, path: string): string | undefined {
  if (path.startsWith("..")) return undefined; // outside src; said already
  const to = layerOf(path);
  if (!to || !from.imports.includes(to.name)) return `${from.name} may not import ${path}`;
  if (to.name !== "protocols" || folderOf(file) === folderOf(path)) return undefined;
  if (from.name === "protocols") return `a protocol may not import another (${path})`;
  return path.split("/").length === 3 && path.endsWith("/index.ts")
    ? undefined
    : `a protocol is entered by its index.ts, not by ${path}`;
}

function packageProblem(file: string, from: Layer, target: string): string | undefined {
  if (from.name === "core" && target.startsWith("@sluice/") && target !== "@sluice/media")
    return `core may not import ${target}`;
  if (target === "@sluice/rtmp" && folderOf(file) !== "rtmp") return `only protocols/rtmp speaks through ${target}`;
  return undefined;
}

function layerOf(file: string): Layer | undefined {
  return layers.find(({ folder }) => folder.test(file));
}

function folderOf(file: string): string {
  const [layer, folder = ""] = file.split("/");
  return layer === "protocols" ? folder : "";
}

/** What a file imports, by whichever form of the word. */
function importsOf(code: string): string[] {
  const forms = /\bfrom\s*["']([^"']+)["']|\bimport\s*["']([^"']+)["']|\bimport\(\s*["'`]([^"'`]+)["'`]/g;
  return Array.from(code.matchAll(forms), ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
}

/** Strings stay as they are: what looks like a comment in one is none. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/.*/g,
    (_, string: string | undefined) => string ?? " ",
  );
}
