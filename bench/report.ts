import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { fileURLToPath } from "node:url";
import type { Played } from "./load.ts";

/** One measured run. */
export type Row = {
  readonly scenario: string;
  readonly server: string;
  readonly mode: "play" | "flv";
  readonly played: Played;
};

const page = fileURLToPath(new URL("../docs/performance.md", import.meta.url));
const [from, to] = ["<!-- measured: begin -->", "<!-- measured: end -->"];

/** Puts the measured rows, the machine and the date into docs/performance.md, between its two marks. */
export function writeReport(rows: readonly Row[], ingested: string | undefined): void {
  const text = readFileSync(page, "utf8");
  const [before] = text.split(from);
  const after = text.split(to)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/performance.md has lost its marks ${from} and ${to}`);
  writeFileSync(page, `${before}${from}\n\n${table(rows)}\n${ingested ? `\n${ingested}.\n` : ""}\n${to}${after}`);
}

function table(rows: readonly Row[]): string {
  const machine = `${cpus()[0]?.model?.trim()}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
  const lines = rows.map(({ scenario, server, mode, played }) => {
    const {
      playing,
      viewers,
      stalled,
      missed_frames: missed,
      server_cpu_us_per_viewer_second: cpu,
      latency_ms: age,
      join_ms: join,
      server_rss_mib: memory,
    } = played;
    const ages = `${age.p50} / ${age.p95} / ${age.p99} / ${age.max}`;
    return `| ${scenario} | ${server} | ${mode === "play" ? "RTMP" : "HTTP-FLV"} | ${playing} of ${viewers} | ${stalled} / ${missed} | ${cpu} | ${ages} | ${join.p50} / ${join.p95} | ${memory} |`;
  });
  return `${machine}\n\n| viewers | server | over | playing | stalled viewers / missed frames | CPU µs per viewer·s | frame age ms p50 / p95 / p99 / max | join ms p50 / p95 | memory MiB |\n|---|---|---|---|---|---|---|---|---|\n${lines.join("\n")}`;
}
