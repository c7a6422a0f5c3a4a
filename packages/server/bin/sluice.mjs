#!/usr/bin/env node
// Plain JavaScript that any Node from 18 on runs: finds the right Node, in a checkout installs and builds what is stale, then becomes the server's command line.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { become, findNode } from "./runtime.mjs";

const here = fileURLToPath(import.meta.url);
const main = fileURLToPath(new URL("main.mjs", import.meta.url));
const checkout = new URL("../../../tools/prepare.mjs", import.meta.url);

try {
  const inCheckout = here.includes("packages") && existsSync(fileURLToPath(checkout));
  const node = inCheckout ? (await import(checkout.href)).prepare() : findNode();
  become(node, [main, ...process.argv.slice(2)]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
