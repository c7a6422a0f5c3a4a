// Plain JavaScript that any Node from 18 on runs: what `npm start`, `npm test`, `npm run docs` and `npm run bench` begin with.
import { fileURLToPath } from "node:url";
import { become } from "../packages/server/bin/runtime.mjs";
import { prepare } from "./prepare.mjs";

const scripts = {
  start: { file: "../packages/server/bin/main.mjs", before: ["serve"] },
  test: { file: "test.ts", build: false, flags: [] },
  docs: { file: "docs.ts", build: false, flags: ["--conditions=@sluice/source"] },
  bench: { file: "../bench/run.ts", flags: ["--conditions=@sluice/source"] },
};

const [name = "", ...args] = process.argv.slice(2);
try {
  const script = scripts[name];
  if (!script) throw new Error(`There is no ${name}; there are ${Object.keys(scripts).join(", ")}.`);
  const { file, before = [], build = true, flags } = script;
  const node = prepare({ build });
  become(node, [fileURLToPath(new URL(file, import.meta.url)), ...before, ...args], flags);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
