import { readFileSync, writeFileSync } from "node:fs";
import { ladder } from "./media.ts";
import type { Outcome } from "./simulate.ts";

/** What one policy made of one trace, over all seeds: shares of the time in per cent. */
export type Row = {
  readonly trace: string;
  readonly policy: string;
  readonly stalled: number;
  readonly frozen: number;
  readonly soundAlone: number;
  readonly skipped: number;
  /** Of what was seen, in kbit/s; a stalled or frozen second counts as nothing. */
  readonly kbps: number;
  readonly switches: number;
  readonly stalls: number;
};

/** The mean of several outcomes. */
export function rowOf(trace: string, policy: string, outcomes: readonly Outcome[]): Row {
  const mean = (figure: (outcome: Outcome) => number) =>
    outcomes.reduce((sum, outcome) => sum + figure(outcome), 0) / outcomes.length;
  const share = (figure: (watched: Outcome["watched"]) => number) =>
    mean(({ watched, lastedMs }) => (100 * figure(watched)) / lastedMs);
  return {
    trace,
    policy,
    stalled: share(({ stalledMs }) => stalledMs),
    frozen: share(({ frozenMs }) => frozenMs),
    soundAlone: share(({ soundAloneMs }) => soundAloneMs),
    skipped: share(({ skippedMs }) => skippedMs),
    kbps: mean(({ watched, lastedMs }) => bits(watched.rungMs) / lastedMs),
    switches: mean(({ changes, lastedMs }) => ((changes.length - 1) * 60_000) / lastedMs),
    stalls: mean(({ watched }) => watched.stalls),
  };
}

function bits(rungMs: readonly number[]): number {
  return rungMs.reduce((sum, ms, rung) => sum + (ms * (ladder[rung]?.bitrate ?? 0)) / 1_000, 0);
}

/** The mean over all traces, each with the same weight. */
export function overall(rows: readonly Row[], policy: string): Row {
  const own = rows.filter((row) => row.policy === policy);
  const mean = (figure: (row: Row) => number) => own.reduce((sum, row) => sum + figure(row), 0) / own.length;
  return {
    ...{ trace: "all", policy, stalled: mean((row) => row.stalled), frozen: mean((row) => row.frozen) },
    ...{
      soundAlone: mean((row) => row.soundAlone),
      skipped: mean((row) => row.skipped),
      kbps: mean((row) => row.kbps),
    },
    ...{ switches: mean((row) => row.switches), stalls: mean((row) => row.stalls) },
  };
}

/** The rows as a table of Markdown. */
export function table(rows: readonly Row[]): string {
  const head =
    "| trace | policy | stalled % (times) | frozen % | sound alone % | skipped % | mean kbit/s | switches a minute |\n|---|---|---|---|---|---|---|---|";
  return [head, ...rows.map(line)].join("\n");
}

function line({ trace, policy, stalled, stalls, frozen, soundAlone, skipped, kbps, switches }: Row): string {
  const cells = [
    trace,
    policy,
    `${stalled.toFixed(2)} (${stalls.toFixed(1)})`,
    frozen.toFixed(2),
    soundAlone.toFixed(1),
  ];
  return `| ${[...cells, skipped.toFixed(1), kbps.toFixed(0), switches.toFixed(1)].join(" | ")} |`;
}

const from = "<!-- simulated: begin -->";
const to = "<!-- simulated: end -->";

/** Puts the figures between the marks of docs/adaptive.md. */
export function writeFigures(text: string): void {
  const page = new URL("../../docs/adaptive.md", import.meta.url);
  const [before = "", rest = ""] = readFileSync(page, "utf8").split(from);
  const after = rest.split(to)[1] ?? "";
  writeFileSync(page, `${before}${from}\n\n${text}\n\n${to}${after}`);
}
