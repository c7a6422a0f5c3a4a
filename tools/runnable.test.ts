import assert from "node:assert/strict";
import test from "node:test";
import { hasShapeOf, shows, stepsOf } from "./runnable.ts";

const page = `# A page

\`\`\`sh
rm -rf what is not marked
\`\`\`

\`\`\`sh runnable
sluice streams
\`\`\`

It prints

\`\`\`text output
live/test  2
\`\`\`

- in a list

  \`\`\`sh runnable publishes live/test
  ffmpeg …
  \`\`\`

\`\`\`js runnable ask.mjs
1;
\`\`\`
`;

test("marked blocks are steps, in order, with what they print", () => {
  assert.deepEqual(
    stepsOf(page).map((step) => [step.kind, step.block.line, step.block.text, "output" in step]),
    [
      ["run", 7, "sluice streams\n", true],
      ["publishes", 19, "ffmpeg …\n", false],
      ["file", 23, "1;\n", false],
    ],
  );
});

test("a mark that says nothing is a mistake", () => {
  for (const info of ["sh runable", "sh runnable watches", "sh runnable sometimes", "js runnable", "text output"])
    assert.throws(() => stepsOf(`\`\`\`${info}\nx\n\`\`\`\n`), /is no mark/, info);
});

test("what is printed may have other numbers and gaps than the page, and no other words", () => {
  const printed = "live/test   2  700 kbit/s\nlive/b  0\n";
  assert.ok(shows(printed, "live/test 3 718 kbit/s"));
  assert.ok(shows(printed, "live/b 0"));
  assert.ok(shows(printed, "live/test …\nlive/b …"));
  assert.ok(!shows(printed, "live/b …\nlive/test …"));
  assert.ok(!shows(printed, "live/other …"));
});

test("an answer may have more than the page, other values, and nothing less", () => {
  assert.ok(hasShapeOf({ items: [{ id: "7", bytes: 1 }], next: "x" }, { items: [{ bytes: 9 }] }));
  assert.ok(!hasShapeOf({ items: [] }, { items: [{ bytes: 9 }] }));
  assert.ok(!hasShapeOf({ items: [{ bytes: "9" }] }, { items: [{ bytes: 9 }] }));
});
