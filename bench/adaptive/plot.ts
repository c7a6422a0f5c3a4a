import { ladder } from "./media.ts";
import { frozen, stalled } from "./player.ts";
import type { Row } from "./report.ts";
import type { Outcome } from "./simulate.ts";
import { stepMs, type Trace } from "./traces.ts";

/** One policy on one trace. */
export type Course = { readonly policy: string; readonly outcome: Outcome };

/** The plots' colours, for light and dark pages. */
export const style = `<style>
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; font-size: 13px; fill: #4f5f68 }
.ground { fill: #ffffff }
.title { font-weight: 600; font-size: 15px; fill: #22303a }
.end { text-anchor: end }
.mid { text-anchor: middle }
.grid { stroke: #6f818b; stroke-opacity: .25 }
.path { fill: #6f818b; fill-opacity: .18 }
.p0 { stroke: #1098ad; fill: #1098ad } .p1 { stroke: #8c6bb1; fill: #8c6bb1 } .p2 { stroke: #e8890c; fill: #e8890c }
.course { fill: none; stroke-width: 2.5 }
.course.p1, .course.p2 { stroke-width: 1.6 }
.good { fill: #1098ad; fill-opacity: .35 }
.sound { fill: #6f818b; fill-opacity: .35 }
.frozen { fill: #e8b90c }
.stalled { fill: #d6336c }
.soft { fill-opacity: .35; stroke: none }
.bar { stroke: none }
@media (prefers-color-scheme: dark) { .ground { fill: #10181d } text { fill: #a9b8c0 } .title { fill: #e6eef2 } }
</style>`;

const width = 900;
const left = 96;
const right = 880;
const highest = 4_500_000;

/** What the network carried, what each policy chose, and below what a viewer saw of it. */
export function coursePlot(trace: Trace, courses: readonly Course[]): string {
  const lastMs = trace.rates.length * stepMs;
  const top = 60;
  const bottom = 300;
  const x = (atMs: number) => round(left + ((right - left) * atMs) / lastMs);
  const y = (rate: number) => round(bottom - ((bottom - top) * Math.min(rate, highest)) / highest);
  const grid = [0, 1, 2, 3, 4].map((mbit) => {
    const at = y(mbit * 1_000_000);
    return `<path class="grid" d="M${left} ${at}H${right}"/><text class="end" x="${left - 8}" y="${at + 4}">${mbit} Mbit/s</text>`;
  });
  const lines = courses.map(({ outcome }, index) => line(outcome, index, lastMs, x, y));
  const strips = courses.map((course, index) => strip(course, 340 + index * 30, lastMs, x));
  const seconds = Array.from({ length: 7 }, (_, index) => index * 30).map(
    (at) => `<text class="mid" x="${x(at * 1_000)}" y="${bottom + 18}">${at} s</text>`,
  );
  const keys = courses.map(
    ({ policy }, index) => `<text class="p${index} bar" x="${left + 370 + index * 130}" y="34">— ${policy}</text>`,
  );
  const body = [
    `<text class="title" x="20" y="34">${trace.name}: what was chosen, and what was seen</text>`,
    ...keys,
    `<path class="path" d="${area(trace, x, y, bottom)}"/>`,
    ...[...grid, ...seconds, ...lines, ...strips],
    legend(340 + courses.length * 30 + 16),
  ];
  return svg(
    body,
    340 + courses.length * 30 + 36,
    `The trace "${trace.name}"`,
    `${trace.what}; ${courses.map(told).join("; ")}.`,
  );
}

function told({ policy, outcome }: Course): string {
  return `${policy} stood still for ${(outcome.watched.stalledMs / 1_000).toFixed(1)} s`;
}

function area({ rates }: Trace, x: (atMs: number) => number, y: (rate: number) => number, bottom: number): string {
  let path = `M${left} ${bottom}`;
  let before = Number.NaN;
  for (const [index, rate] of rates.entries()) {
    const at = y(rate);
    if (at !== before) path += `L${x(index * stepMs)} ${index === 0 ? at : before}V${at}`;
    before = at;
  }
  return `${path}H${right}V${bottom}Z`;
}

type Scale = (value: number) => number;

function line({ changes }: Outcome, index: number, lastMs: number, x: Scale, y: Scale): string {
  const shift = (index - 1) * 2; // lines that stand at the same rung are seen beside each other
  const steps = changes.map(({ atMs, rung }, place) => {
    const at = y(ladder[rung]?.bitrate ?? 0) + shift;
    return `${place === 0 ? `M${x(atMs)} ` : `H${x(atMs)}V`}${at}`;
  });
  return `<path class="course p${index}" d="${steps.join("")}H${x(lastMs)}"/>`;
}

function strip({ policy, outcome }: Course, top: number, lastMs: number, x: Scale): string {
  const parts = outcome.seen.map(({ atMs, what }, index) => {
    const endMs = outcome.seen[index + 1]?.atMs ?? lastMs;
    const wide = Math.max(0.8, x(endMs) - x(atMs));
    return `<rect class="${kind(what)}" x="${x(atMs)}" y="${top}" width="${round(wide)}" height="18"/>`;
  });
  return `<text class="end" x="${left - 8}" y="${top + 14}">${policy}</text>${parts.join("")}`;
}

function kind(what: number): string {
  if (what === stalled) return "stalled";
  if (what === frozen) return "frozen";
  return what === ladder.length - 1 ? "sound" : "good";
}

const kinds = [
  ["good", "picture and sound"],
  ["sound", "sound alone"],
  ["frozen", "picture stands, sound goes on"],
  ["stalled", "nothing"],
] as const;

const places = [0, 170, 300, 530];

function legend(top: number): string {
  return kinds
    .map(([name, text], index) => {
      const at = left + (places[index] ?? 0);
      return `<rect class="${name}" x="${at}" y="${top - 11}" width="14" height="14"/><text x="${at + 20}" y="${top + 1}">${text}</text>`;
    })
    .join("");
}

/** For each trace the share of the time in which nothing moved, by policy; lighter where sound went on. */
export function stallPlot(rows: readonly Row[], policies: readonly string[]): string {
  const traces = [...new Set(rows.map(({ trace }) => trace))];
  const most = 12;
  const from = 190;
  const high = policies.length * 9 + 10;
  const x = (share: number) => round(from + ((right - from) * Math.min(share, most)) / most);
  const bars = traces.flatMap((trace, place) => {
    const top = 64 + place * high;
    const own = policies.flatMap((policy, index) => {
      const row = rows.find((each) => each.trace === trace && each.policy === policy);
      return row ? bar(row, index, top + index * 9, x, most) : [];
    });
    return [`<text class="end" x="${from - 10}" y="${top + 18}">${trace}</text>`, ...own];
  });
  const bottom = 64 + traces.length * high;
  const grid = [0, 2, 4, 6, 8, 10, 12].map(
    (share) =>
      `<path class="grid" d="M${x(share)} 56V${bottom}"/><text class="mid" x="${x(share)}" y="${bottom + 16}">${share} %</text>`,
  );
  const keys = policies.map((policy, index) => {
    const at = from + 330 + index * 120;
    return `<rect class="p${index} bar" x="${at}" y="23" width="12" height="12"/><text x="${at + 18}" y="34">${policy}</text>`;
  });
  const title = '<text class="title" x="20" y="34">Time in which nothing moved; lighter: sound went on</text>';
  return svg(
    [title, ...keys, ...grid, ...bars],
    bottom + 30,
    "Stalls by trace",
    "The figures are in the table beside it.",
  );
}

function bar({ stalled: still, frozen: half }: Row, index: number, top: number, x: Scale, most: number): string[] {
  const parts = [
    `<rect class="p${index} bar" x="${x(0)}" y="${top}" width="${round(x(still) - x(0))}" height="8"/>`,
    `<rect class="p${index} soft" x="${x(still)}" y="${top}" width="${round(x(still + half) - x(still))}" height="8"/>`,
  ];
  if (still > most)
    parts.push(
      `<text class="end" x="${right - 4}" y="${top + 8}" style="font-size:9px;fill:#fff">${still.toFixed(0)} %</text>`,
    );
  return parts;
}

function svg(body: readonly string[], height: number, title: string, what: string): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title what">`;
  const said = `<title id="title">${title}</title>\n<desc id="what">${what}</desc>`;
  const ground = `<rect class="ground" width="${width}" height="${height}" rx="8"/>`;
  return `${[head, said, style, ground, ...body].join("\n")}\n</svg>\n`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
