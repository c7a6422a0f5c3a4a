import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { fileURLToPath } from "node:url";
import type { Played } from "./load.ts";
import { targetTable } from "./targets.ts";

/** One measured run. */
export type Row = {
  readonly scenario: string;
  readonly server: string;
  readonly mode: "play" | "flv";
  readonly played: Played;
};

const page = fileURLToPath(new URL("../docs/performance.md", import.meta.url));
const [from, to] = ["<!-- measured: begin -->", "<!-- measured: end -->"];

/** A run in one line, for whoever watches the bench. */
export function line(row: Row): string {
  const { viewers, playing, silent, missed, cpu, age, join, memory } = figures(row);
  return `${row.server.padEnd(14)} ${protocol(row).padEnd(8)} ${viewers.padEnd(12)} ${playing} playing, ${silent} stalled, ${missed} missed, CPU ${cpu} µs, age ${age} ms, join ${join} ms, ${memory} MiB`;
}

/** Puts the measured rows, the machine and the date into docs/performance.md, between its two marks. */
export function writeReport(rows: readonly Row[], sentences: readonly string[], rounds: number): void {
  replaceMeasured(() => [machine(rounds), ...tables(rows), ...sentences.map((each) => `${each}.`)].join("\n\n"));
}

/** Puts the rows in the place of those that are there, and leaves the sentences. */
export function writeRows(rows: readonly Row[], rounds: number): void {
  replaceMeasured((before) => {
    const sentences = before
      .split("\n\n")
      .filter((each, index) => index > 0 && !each.startsWith("|") && each !== beside);
    return [machine(rounds), ...tables(rows), ...sentences].join("\n\n");
  });
}

const beside =
  "Beside what they are to be (what is not reached is bold; processor time may be more where the floor takes more, in proportion):";

function tables(rows: readonly Row[]): string[] {
  return [table(rows), beside, targetTable(rows)];
}

function machine(rounds: number): string {
  const often = rounds > 1 ? ` Of each audience the middle of ${rounds} runs, in turns.` : "";
  return `${cpus()[0]?.model?.trim()}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.${often}`;
}

/** Puts one sentence in the place of the one that begins with the same words, up to a figure or a colon, and leaves what else was measured. */
export function writeSentence(sentence: string): void {
  const subject = /^[^\d:]+/.exec(sentence)?.[0] ?? sentence;
  replaceMeasured((before) => {
    const others = before.split("\n\n").filter((paragraph) => !paragraph.startsWith(subject));
    return [...others, `${sentence}.`].join("\n\n");
  });
}

function replaceMeasured(change: (before: string) => string): void {
  const text = readFileSync(page, "utf8");
  const [start = "", rest] = text.split(from);
  const [measured, end] = rest?.split(to) ?? [];
  if (measured === undefined || end === undefined)
    throw new Error(`docs/performance.md has lost its marks ${from} and ${to}`);
  writeFileSync(page, `${start}${from}\n\n${change(measured.trim())}\n\n${to}${end}`);
}

function table(rows: readonly Row[]): string {
  const head =
    "| viewers | server | over | playing | stalled / missed frames | CPU µs per viewer·s | frame age ms p50 / p95 / p99 / max | join ms p50 / p95 | memory MiB |\n|---|---|---|---|---|---|---|---|---|";
  const lines = rows.map((row) => {
    const { viewers, playing, silent, missed, cpu, age, join, memory } = figures(row);
    return `| ${viewers} | ${row.server} | ${protocol(row)} | ${playing} | ${silent} / ${missed} | ${cpu} | ${age} | ${join} | ${memory} |`;
  });
  return [head, ...lines].join("\n");
}

function protocol({ mode }: Row): string {
  return mode === "play" ? "RTMP" : "HTTP-FLV";
}

function figures({ scenario, played }: Row) {
  const { playing, viewers, stalled, missed_frames, latency_ms: age, join_ms: join } = played;
  return {
    viewers: scenario,
    playing: `${playing} of ${viewers}`,
    silent: stalled,
    missed: missed_frames,
    cpu: played.server_cpu_us_per_viewer_second,
    age: `${age.p50} / ${age.p95} / ${age.p99} / ${age.max}`,
    join: `${join.p50} / ${join.p95}`,
    memory: played.server_rss_mib,
  };
}
