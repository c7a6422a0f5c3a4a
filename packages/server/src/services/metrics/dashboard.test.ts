import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { allMetrics } from "./catalogue.ts";

type Panel = {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
};

const file = new URL("../../../../../packaging/grafana/sluice.json", import.meta.url);
const dashboard = JSON.parse(readFileSync(file, "utf8")) as { readonly panels: readonly Panel[] };
const targets = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((each) => ({ ...each, title })));
/** What a scraper adds, and what a histogram has. */
const everywhere = ["job", "instance", "le"];

/** The metrics that an expression names, with the labels that it may use of them. */
function metricsIn(expression: string): { readonly name: string; readonly labels: readonly string[] }[] {
  return Array.from(expression.matchAll(/\b(?:sluice|process|nodejs)_[a-z_]+/g), ([name]) => {
    const found = allMetrics.find((each) =>
      each.kind === "histogram" ? name === `${each.name}_bucket` : name === each.name,
    );
    assert.ok(found, `there is no ${name}`);
    return { name, labels: [...found.labels, ...(found.kind === "histogram" ? everywhere : everywhere.slice(0, 2))] };
  });
}

test("every metric and label that the dashboard names is one of the server's", () => {
  assert.ok(targets.length > 40);
  for (const { title, expr, legendFormat } of targets) {
    const known = metricsIn(expr);
    assert.ok(known.length > 0, title);
    const grouped = Array.from(expr.matchAll(/\bby \(([^)]*)\)/g), ([, names = ""]) => names.split(/, */)).flat();
    const matched = Array.from(expr.matchAll(/([a-z_]+)=~?"/g), ([, name = ""]) => name);
    const shown = Array.from(legendFormat.matchAll(/\{\{([a-z_]+)\}\}/g), ([, name = ""]) => name);
    for (const label of [...grouped, ...matched, ...shown])
      assert.ok(
        known.some(({ labels }) => labels.includes(label)),
        `${title}: ${label} is no label of ${expr}`,
      );
  }
});

test("what only grows is shown as a rate, and nothing else is", () => {
  for (const { title, expr } of targets) {
    for (const { name } of metricsIn(expr)) {
      const grows = /_(total|bucket)$/.test(name);
      const isRate = new RegExp(`(rate|increase)\\(${name}\\{`).test(expr);
      assert.equal(isRate, grows, `${title}: ${name}`);
    }
  }
});

test("nearly everything that the server tells is on the dashboard", () => {
  const shown = new Set(targets.flatMap(({ expr }) => metricsIn(expr).map(({ name }) => name.replace(/_bucket$/, ""))));
  const left = allMetrics.map(({ name }) => name).filter((name) => !shown.has(name));
  assert.deepEqual(left.sort(), [
    "process_start_time_seconds",
    "sluice_build_info",
    "sluice_received_packets_total",
    "sluice_records_reachable",
    "sluice_sessions_opened_total",
  ]);
});

test("panels have ids of their own, and none covers another", () => {
  const ids = dashboard.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
  );
  assert.equal(new Set(cells).size, cells.length);
});
