// Plain JavaScript: puts the program that `tsc` has written, with the libraries it uses, into a few files. Five hundred modules take twice the time to load and 16 MB more memory than the part of them that is used.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const packages = fileURLToPath(new URL("../packages/", import.meta.url));

/** They have native code, which they look for beside themselves. */
const native = [/^@node-rs\//, "better-sqlite3", "koffi"];

await bundle(
  { input: `${packages}server/dist/cli.js`, platform: "node", external: native },
  // As deep as the sources that look for the package's other files beside them.
  { dir: `${packages}server/dist/bundle` },
);
// What pages load. An engine is a file of its own, fetched when it is needed; a hash in each name lets browsers keep it for good.
const hashed = { entryFileNames: "[name]-[hash].js", chunkFileNames: "[name]-[hash].js", minify: true };
await bundle(
  { input: { "sluice-player": `${packages}player/dist/index.js` }, platform: "browser" },
  { dir: `${packages}player/dist/bundle`, ...hashed },
);
await bundle(
  { input: { console: `${packages}console/dist/main.js` }, platform: "browser" },
  { dir: `${packages}console/dist/bundle`, ...hashed },
);
styles("console", ["uplot/dist/uPlot.min.css"], ["page.css", "parts.css", "table.css", "live.css", "forms.css"]);

/** Puts style sheets into one, which is named as scripts are. */
function styles(name, libraries, own) {
  const { resolve } = createRequire(`${packages}${name}/package.json`);
  const files = [
    ...libraries.map((file) => resolve(file)),
    ...own.map((file) => `${packages}${name}/src/styles/${file}`),
  ];
  const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
  const hash = createHash("sha256").update(text).digest("base64url").slice(0, 8);
  writeFileSync(`${packages}${name}/dist/bundle/${name}-${hash}.css`, text);
}

async function bundle(input, output) {
  const made = await rolldown({ ...input, checks: { eval: false } });
  await made.write({ format: "esm", cleanDir: true, ...output });
  await made.close();
}
