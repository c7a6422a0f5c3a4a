import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { layerProblems } from "./layers.ts";

/** What the linter cannot say: which folder may import which, which names are no names, and that no rule is switched off in passing. */
const root = fileURLToPath(new URL("..", import.meta.url));
const files = globSync("{packages/*/{src,bin,testing,assets},tools,e2e,bench}/**/*.{ts,tsx,mjs,js}", { cwd: root })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => !file.startsWith("tools/layers."))
  .sort();
const problems = layerProblems(files.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })));
for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
