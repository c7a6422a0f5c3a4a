import type { Row } from "./report.ts";

type Target = {
  /** Microseconds of processor time for a viewer and second, on the machine where the floor took `floor`. */
  readonly cpu?: { readonly most: number; readonly floor: number };
  readonly p99Ms?: number;
  /** Of the frame age without the connections that read nothing. */
  readonly p99Share?: number;
  readonly memoryMiB?: number;
  readonly joinMs?: { readonly p50: number; readonly p95: number };
};

/** What Sluice is to reach, by audience. Times are times; processor time may be more in proportion where the machine is slower, of which the floor says how fast it is. */
const targets: Readonly<Record<string, Target>> = {
  "10": { p99Ms: 5 },
  ...beside("2000", { cpu: { most: 120, floor: 92 }, p99Ms: 80, memoryMiB: 120, joinMs: { p50: 60, p95: 250 } }),
  "2000+stalled": { p99Ms: 80, p99Share: 1.05, memoryMiB: 120 },
  ...beside("6000", { cpu: { most: 65, floor: 57 }, p99Ms: 200 }),
  ...beside("12000", { cpu: { most: 45, floor: 31 }, p99Ms: 450, memoryMiB: 250 }),
};

/** The same where viewers can be moved between qualities. */
function beside(name: string, target: Target): Readonly<Record<string, Target>> {
  return { [name]: target, [`${name}+ladder`]: target };
}

/** One figure beside what it may be at most. */
type Judged = { readonly what: string; readonly most: number; readonly of: (row: Row) => number };

/** Sluice's rows beside what they are to reach, as a table. */
export function targetTable(rows: readonly Row[]): string {
  const lines = Object.entries(targets).flatMap(([scenario, target]) => {
    const own = rows.filter((row) => row.scenario === scenario && row.server === "Sluice");
    if (own.length === 0) return [];
    const floor = rows.find((row) => row.scenario === scenario && row.server.startsWith("floor"));
    const plain = rows.filter((row) => row.server === "Sluice" && row.scenario === scenario.split("+")[0]);
    return judged(target, floor?.played.server_cpu_us_per_viewer_second, plain).map(({ what, most, of }) => {
      const cells = (["play", "flv"] as const).map((mode) =>
        cell(
          own.find((row) => row.mode === mode),
          most,
          of,
        ),
      );
      return `| ${scenario} | ${what} | ${round(most)} | ${cells.join(" | ")} |`;
    });
  });
  return ["| viewers | what | at most | RTMP | HTTP-FLV |\n|---|---|---|---|---|", ...lines].join("\n");
}

/** `plain`: the rows of the audience with nothing beside it. */
function judged(
  { cpu, p99Ms, p99Share, memoryMiB, joinMs }: Target,
  floorNow: number | undefined,
  plain: readonly Row[],
): Judged[] {
  const p99Of = (mode: Row["mode"]) => plain.find((row) => row.mode === mode)?.played.latency_ms.p99;
  const all: (Judged | undefined)[] = [
    { what: "stalled viewers and missed frames", most: 0, of: ({ played }) => played.stalled + played.missed_frames },
    cpu && {
      what: floorNow ? `CPU µs (${cpu.most} where the floor takes ${cpu.floor})` : "CPU µs",
      most: floorNow ? cpu.most * Math.max(1, floorNow / cpu.floor) : cpu.most,
      of: ({ played }) => played.server_cpu_us_per_viewer_second,
    },
    p99Ms === undefined
      ? undefined
      : { what: "frame age p99 ms", most: p99Ms, of: ({ played }) => played.latency_ms.p99 },
    p99Share === undefined || plain.length === 0
      ? undefined
      : {
          what: "frame age p99, % of that without them",
          most: p99Share * 100,
          of: ({ mode, played }) => (played.latency_ms.p99 / (p99Of(mode) ?? Number.NaN)) * 100,
        },
    memoryMiB === undefined
      ? undefined
      : { what: "memory MiB", most: memoryMiB, of: ({ played }) => played.server_rss_mib },
    joinMs && { what: "join p50 ms", most: joinMs.p50, of: ({ played }) => played.join_ms.p50 },
    joinMs && { what: "join p95 ms", most: joinMs.p95, of: ({ played }) => played.join_ms.p95 },
  ];
  return all.filter((each) => each !== undefined);
}

function cell(row: Row | undefined, most: number, of: Judged["of"]): string {
  if (!row) return "";
  const value = of(row);
  return value <= most ? `${round(value)}` : `**${round(value)}**`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
