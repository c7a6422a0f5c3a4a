import { cpus, platform, release } from "node:os";
import { parseArgs } from "node:util";
import { buildLoad, type Played, play, publish } from "./load.ts";
import { type Row, writeReport } from "./report.ts";
import { type Server, startNginxRtmp, startSluice } from "./servers.ts";
import { stalledViewers } from "./stalled.ts";

/**
 * What a server costs and how old its pictures are, by audience. One stream of 1 Mbit/s; the server alone on the first core.
 *   npm run bench                 everything (about fifteen minutes)
 *   npm run bench -- --quick      2,000 viewers and fewer
 *   npm run bench -- --write      also puts the rows into docs/performance.md
 */
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    only: { type: "string" },
    seconds: { type: "string", default: "10" },
  },
});
const seconds = Number(values.seconds);

type Scenario = {
  readonly name: string;
  readonly viewers: number;
  readonly ramp: number;
  readonly sample?: number;
  readonly modes: readonly ("play" | "flv")[];
  readonly stalled?: number;
  readonly peers: boolean;
};

const both = ["play", "flv"] as const;
const scenarios: readonly Scenario[] = [
  { name: "10", viewers: 10, ramp: 10, sample: 1, modes: both, peers: true },
  { name: "2000", viewers: 2_000, ramp: 1_000, modes: both, peers: true },
  { name: "2000+stalled", viewers: 2_000, ramp: 1_000, modes: both, stalled: 200, peers: false },
  { name: "6000", viewers: 6_000, ramp: 1_000, modes: both, peers: true },
  { name: "12000", viewers: 12_000, ramp: 1_000, modes: both, peers: false },
];

async function measured(server: Server, mode: "play" | "flv", scenario: Scenario): Promise<Played> {
  const { viewers, ramp, sample, stalled } = scenario;
  const publisher = publish(server.rtmpPort, { seconds: seconds + viewers / ramp + 30, kbps: 1_000 });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const port = mode === "flv" ? server.httpPort : server.rtmpPort;
  if (port === undefined) throw new Error(`${server.label} has no HTTP-FLV`);
  const release = stalled && server.httpPort ? await stalledViewers(server.httpPort, stalled) : () => {};
  try {
    return await play(mode, port, {
      viewers,
      seconds,
      ramp,
      ...(sample === undefined ? {} : { sample }),
      pid: server.pids(),
    });
  } finally {
    release();
    publisher.stop();
  }
}

async function fanOut(rows: Row[]): Promise<void> {
  const chosen = scenarios.filter(({ name, viewers }) =>
    values.only ? name === values.only : !values.quick || viewers <= 2_000,
  );
  for (const scenario of chosen) {
    for (const mode of scenario.modes) {
      for (const start of [startSluice, ...(scenario.peers && mode === "play" ? [startNginxRtmp] : [])]) {
        const row = await measuredRow(start, mode, scenario);
        if (row) rows.push(row);
      }
    }
  }
}

async function measuredRow(
  start: () => Promise<Server | undefined>,
  mode: "play" | "flv",
  scenario: Scenario,
): Promise<Row | undefined> {
  const server = await start();
  if (!server) {
    console.log("nginx with its RTMP module is not installed (Debian: libnginx-mod-rtmp); its row is left out");
    return undefined;
  }
  try {
    const played = await measured(server, mode, scenario);
    console.log(line(server.label, mode, scenario.name, played));
    return { scenario: scenario.name, server: server.label, mode, played };
  } finally {
    await server.stop();
  }
}

async function ingest(): Promise<string> {
  const server = await startSluice();
  try {
    const publisher = publish(server.rtmpPort, { seconds: seconds + 4, kbps: 1_000, streams: 200 });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const idle = await play("play", server.rtmpPort, {
      viewers: 1,
      seconds: Math.max(2, seconds - 6),
      ramp: 1,
      sample: 1,
      pid: server.pids(),
    }).catch(() => undefined);
    const published = await publisher.done;
    const words = `ingest: ${published.live} of ${published.streams} publishers at 1 Mbit/s live at the end, ${published.frames} frames sent, ${published.closed} closed, CPU ${idle?.server_cpu_pct ?? "?"} %, ${idle?.server_rss_mib ?? "?"} MiB`;
    console.log(words);
    return words;
  } finally {
    await server.stop();
  }
}

function line(
  label: string,
  mode: string,
  name: string,
  {
    playing,
    viewers,
    stalled,
    server_cpu_us_per_viewer_second: cpu,
    latency_ms: age,
    join_ms: join,
    server_rss_mib: memory,
    missed_frames: missed,
  }: Played,
): string {
  const ages = `${age.p50} / ${age.p95} / ${age.p99} / ${age.max}`;
  return `${label.padEnd(10)} ${mode.padEnd(4)} ${name.padEnd(12)} ${playing}/${viewers} playing, ${stalled} stalled, ${missed} missed, CPU ${cpu} µs, age ${ages} ms, join ${join.p50} / ${join.p95} ms, ${memory} MiB`;
}

buildLoad();
console.log(`${cpus()[0]?.model}, ${cpus().length} cores, ${platform()} ${release()}, Node ${process.version}`);
const rows: Row[] = [];
if (values.only !== "ingest") await fanOut(rows);
const ingested = !values.only || values.only === "ingest" ? await ingest() : undefined;
if (values.write) writeReport(rows, ingested);
