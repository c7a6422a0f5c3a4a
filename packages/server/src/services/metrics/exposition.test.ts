import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { figure, readExposition } from "../../../testing/exposition.ts";
import { Histogram } from "../../core/histogram.ts";
import { expose, formFor, type Metric } from "./exposition.ts";

const counter: Metric<readonly string[]> = {
  name: "test_things_total",
  kind: "counter",
  help: "Things, and a \\ that is no mark",
  labels: ["thing"],
  read: (things, put) => {
    for (const [index, thing] of things.entries()) put(index + 0.5, thing);
  },
};

test("whatever stands in a label comes out of the text as it was", () => {
  const things = fc.uniqueArray(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(things, fc.constantFrom("text", "openmetrics"), (names, form) => {
      const read = readExposition(expose([counter], names, form === "text" ? "text" : "openmetrics"));
      const [family] = read.values();
      assert.deepEqual(
        family?.samples.map(({ labels, value }) => [labels.thing, value]),
        names.map((name, index) => [name, index + 0.5]),
      );
    }),
  );
});

test("the ranges of a histogram are added up, in seconds", () => {
  const spread = new Histogram([500, 1_000, 2_500]);
  for (const ms of [100, 500, 700, 2_000, 9_000]) spread.add(ms);
  const metric: Metric<undefined> = {
    ...{ name: "test_seconds", kind: "histogram", help: "x", labels: ["kind"] },
    read: (_, put) => put(spread, "a"),
  };
  const text = expose([metric], undefined, "text");
  const read = readExposition(text);
  const upTo = (le: string) => figure(read, "test_seconds_bucket", { le, kind: "a" });
  assert.deepEqual(["0.5", "1", "2.5", "+Inf"].map(upTo), [2, 3, 4, 5]);
  assert.equal(figure(read, "test_seconds_sum"), 12.3);
  assert.equal(figure(read, "test_seconds_count"), 5);
  assert.match(expose([metric], undefined, "openmetrics"), /le="1\.0"\} 3\n/);
});

test("what has no value is not mentioned, and OpenMetrics names a counter without its ending", () => {
  assert.equal(expose([counter], [], "text"), "\n");
  assert.equal(
    expose([counter], ["a"], "openmetrics"),
    '# HELP test_things Things, and a \\\\ that is no mark\n# TYPE test_things counter\ntest_things_total{thing="a"} 0.5\n# EOF\n',
  );
});

test("OpenMetrics is for who asks for it", () => {
  const prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1";
  assert.deepEqual([formFor(prometheus), formFor("text/plain"), formFor(undefined)], ["openmetrics", "text", "text"]);
});
