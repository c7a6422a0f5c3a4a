import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { madePages } from "./docs.ts";
import { anchorsOf, firstCells, linksOf } from "./markdown.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const skipped = ["**/node_modules/**", "**/dist/**"];
const found = (pattern: string) => globSync(pattern, { cwd: root, exclude: skipped }).map(slashed).sort();
const pages = found("{*,docs/**/*,packages/**/*}.md");

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}

for (const [path, make] of Object.entries(madePages)) {
  test(`${path} is what the program makes of itself now`, async () => {
    assert.equal(read(path), await make(), "run npm run docs");
  });
}

test("every error code of the sources is in docs/errors.md, and no other", () => {
  const media = /^(?:application|audio|image|text|video)\//;
  const inSources = found("packages/*/src/**/*.ts")
    .filter((path) => !path.endsWith(".test.ts"))
    .flatMap((path) => codesIn(read(path)))
    .filter((code) => !media.test(code));
  const named = firstCells(read("docs/errors.md")).filter((name) => name.includes("/"));
  assert.deepEqual([...new Set(named)].sort(), [...new Set(inSources)].sort());
  assert.equal(new Set(named).size, named.length, "each is named once");
});

/** Texts of the form `area/what` that are a code: an error's, or a rule's that refused. What only compares or keys something else is none, nor is a path of the API. */
function codesIn(code: string): string[] {
  const form =
    /\b(?:from|path:|api,) "[^"]*"|\.startsWith\(\s*"[^"]*"|"([a-z][a-z0-9]*(?:-[a-z0-9]+)*\/[a-z][a-z0-9]*(?:-[a-z0-9]+)*)"/g;
  return Array.from(code.matchAll(form), ([, name]) => name).filter((name) => name !== undefined);
}

test("every dependency of every package has its line in docs/dependencies.md, and no other", () => {
  const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
  const used = found("{package.json,packages/*/package.json}").flatMap((path) => {
    const manifest = JSON.parse(read(path)) as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
    return kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  });
  const foreign = new Set(used.filter((name) => !name.startsWith("@sluice/")));
  assert.deepEqual(firstCells(read("docs/dependencies.md")).sort(), [...foreign].sort());
});

for (const page of pages) {
  test(`the links of ${page} lead somewhere`, () => {
    assert.deepEqual(
      linksOf(read(page)).filter((link) => !/^[a-z]+:/.test(link) && !leads(page, link)),
      [],
    );
  });
}

function leads(page: string, link: string): boolean {
  const [path = "", anchor] = decodeURI(link).split("#");
  const file = path === "" ? page : slashed(join(dirname(page), path));
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || (file.endsWith(".md") && anchorsOf(read(file)).includes(anchor));
}

test("links and headings are read as code hosts read them", () => {
  const text = `# A \`b.c\`: d & e

[one](a.md#x) ![two](<b.svg> "title") \`[no](c.md)\` <img src="d.png">

\`\`\`sh
# no heading
[no](e.md)
\`\`\`

## Again
## Again
[ref]: f.md
`;
  assert.deepEqual(linksOf(text), ["a.md#x", "b.svg", "d.png", "f.md"]);
  assert.deepEqual(anchorsOf(text), ["a-bc-d--e", "again", "again-1"]);
});
