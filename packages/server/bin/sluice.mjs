#!/usr/bin/env node
// Plain JavaScript that any Node from 18 on runs: finds the right Node, in a checkout installs and builds what is stale, then becomes the server's command line.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { become, findNode } from "./runtime.mjs";

const here = new URL(import.meta.url);
const main = fileURLToPath(new URL("main.mjs", here));
const prepare = new URL("../../../tools/prepare.mjs", here);
/** Installed from a registry, the folders above are someone else's. */
const isCheckout =
  new URL("../../../packages/server/bin/sluice.mjs", here).href === here.href && existsSync(fileURLToPath(prepare));

try {
  const node = isCheckout ? (await import(prepare.href)).prepare() : findNode();
  become(node, [main, ...process.argv.slice(2)]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
