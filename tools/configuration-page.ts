import { configKeys, type Key } from "../packages/server/src/config/keys.ts";
import { restartKeys } from "../packages/server/src/config/restart.ts";
import { allowed, range, rootShape, type Shape } from "../packages/server/src/config/shape.ts";

/** docs/configuration.md: every key of the configuration, read off the schema. */
export function configurationPage(): string {
  const sections = Object.entries(rootShape.properties ?? {});
  const single = sections.filter(([, shape]) => !shape.properties && !shape.patternProperties).map(([name]) => name);
  const parts = sections.flatMap(([name, shape]) => {
    if (shape.properties)
      return [`## ${name}`, sentence(shape), table(configKeys.filter(({ path }) => path[0] === name))];
    return shape.patternProperties ? named(name, shape) : [];
  });
  const top = configKeys.filter(({ path }) => single.includes(path.join(".")));
  return `${[introduction, "## Who may publish", table(top), ...parts].join("\n\n")}\n`;
}

const introduction = `# 4. Configure

This page is made from the program by \`npm run docs\`; do not edit it.

Sluice reads one YAML file: the one that \`--config\` names, else the one that \`SLUICE_CONFIG\` names, else
\`sluice.yaml\` in the folder it is started in. Where there is none, the first start writes one. Every key has a default,
so an empty file is a valid one.

- \`sluice check\` says everything that is wrong with the file, with line and column, and starts nothing.
- Every key with a variable below it can be set by that environment variable too; the variable wins over the file. A
  variable that is empty counts as not set. Lists are written with commas between the items; \`SLUICE_APPS\`,
  \`SLUICE_HOOKS\` and \`SLUICE_TLS_CERTIFICATES\` take YAML, such as \`{ live: { hold: 0s } }\`.
- A duration is a number and \`ms\`, \`s\`, \`m\` or \`h\`. A size is a number of bytes, or a number and \`B\`, \`KiB\`,
  \`MiB\` or \`GiB\`.
- A port of \`0\` lets the system choose one; the log's \`listening\` line says which.
- Editors complete and check the file when they know its [JSON Schema](sluice.schema.json). With the YAML extension of
  VS Code, for example, this is the first line: \`# yaml-language-server: $schema=docs/sluice.schema.json\`

Sluice reads the file again when it changes, and on the signal \`SIGHUP\`. A file with a mistake in it changes nothing, and
the log says what is wrong. The last column of the tables says when a change counts:

- **at once**: for what begins from then on. Nobody who is connected is sent away by a changed limit, key or time.
- **new streams**: a stream that is there keeps the value that it began with.
- **restart**: nothing changes until the next start; the log names the key.`;

/** A section whose keys are names that the operator chooses. */
function named(name: string, shape: Shape): string[] {
  const inner = Object.values(shape.patternProperties ?? {})[0] ?? {};
  const whole = configKeys.filter(({ path }) => path.join(".") === name);
  const keys = keysBelow([name, "NAME"], inner);
  return [
    `## ${name}`,
    sentence(shape),
    table(whole),
    "Each name holds settings of its own; one without any has the defaults.",
    table(keys),
  ];
}

/** The keys of a section, and of the sections in it. */
function keysBelow(path: readonly string[], { properties = {} }: Shape): Key[] {
  return Object.entries(properties).flatMap(([name, shape]) =>
    shape.properties ? keysBelow([...path, name], shape) : [{ path: [...path, name], shape, variable: "" }],
  );
}

function sentence({ description = "" }: Shape): string {
  return `${description.charAt(0).toUpperCase()}${description.slice(1)}.`;
}

function table(keys: readonly Key[]): string {
  const rows = keys.map(({ path, shape, variable }) => {
    const key = path.join(".");
    const names = variable === "" ? `\`${key}\`` : `\`${key}\`<br>\`${variable}\``;
    return `| ${[names, takes(shape), written(shape.default), shape.description ?? "", effect(path)].map(cell).join(" | ")} |`;
  });
  return ["| key, and variable | takes | default | meaning | a change counts |", "|---|---|---|---|---|", ...rows].join(
    "\n",
  );
}

function takes(shape: Shape): string {
  if (shape.patternProperties) return `settings by name; each name is ${allowed(shape)}`;
  const limits = range(shape);
  const items = shape.items ? `, each ${allowed(shape.items)}` : "";
  return `${allowed(shape)}${items}${limits ? `, from ${limits.least} to ${limits.most}` : ""}`;
}

/** A default as one would write it into the file. */
function written(value: unknown): string {
  return `\`${typeof value === "string" && value !== "" ? value : flow(value)}\``;
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => JSON.stringify(each)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, each]) => `${name}: ${flow(each)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** Streams are made with their app's settings; only these, and what is in them, are asked anew each time. */
const askedAnew: ReadonlySet<string> = new Set([
  "access",
  "duplicate",
  "enhanced",
  "ladder",
  "ladderStart",
  "ladderIdle",
  "thumbnails",
  "thumbnailWidth",
]);

function effect(path: readonly string[]): string {
  if (restartKeys.includes(path.join("."))) return "restart";
  return path[0] === "apps" && path.length > 1 && !askedAnew.has(path[2] ?? "") ? "new streams" : "at once";
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
