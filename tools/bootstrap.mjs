// Plain JavaScript that any Node from 18 on runs: what `npm start`, `npm test` and `npm run bench` begin with.
import { fileURLToPath } from "node:url";
import { become } from "../packages/server/bin/runtime.mjs";
import { prepare } from "./prepare.mjs";

const scripts = {
  start: () => [fileURLToPath(new URL("../packages/server/bin/main.mjs", import.meta.url)), "serve"],
  test: () => [fileURLToPath(new URL("test.ts", import.meta.url))],
  bench: () => ["--conditions=@sluice/source", fileURLToPath(new URL("../bench/run.ts", import.meta.url))],
};

const [name = "", ...args] = process.argv.slice(2);
try {
  const script = scripts[name];
  if (!script) throw new Error(`There is no ${name}; there are ${Object.keys(scripts).join(", ")}.`);
  become(prepare({ build: name !== "test" }), [...script(), ...args], name === "start" ? undefined : []);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
