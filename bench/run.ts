import { cpus, platform, release } from "node:os";
import { parseArgs } from "node:util";
import { access } from "./access.ts";
import { adaptive } from "./adaptive/index.ts";
import { adaptiveReal } from "./adaptive-real.ts";
import { apiAnswers } from "./api.ts";
import { idle, ingest } from "./capacity.ts";
import { enhanced } from "./enhanced.ts";
import { latency } from "./latency.ts";
import { middle, type Played, play, publish } from "./load.ts";
import { metrics } from "./metrics.ts";
import { line, type Row, writeReport, writeRows, writeSentence } from "./report.ts";
import { seats } from "./seats.ts";
import { segments } from "./segments.ts";
import { type Server, startFloor, startNginxRtmp, startSluice } from "./servers.ts";
import { sockets } from "./sockets.ts";
import { stalledViewers } from "./stalled.ts";
import { targetTable } from "./targets.ts";
import { transcoding } from "./transcoding.ts";

/**
 * What a server costs and how old its pictures are, by audience. One stream of 1 Mbit/s; the server alone on the first core.
 *   npm run bench                  everything (about twenty minutes)
 *   npm run bench -- --quick       2,000 viewers and fewer
 *   npm run bench -- --only 6000   one audience, or `fan-out` (all audiences), `idle`, `ingest`, `segments`, `latency`, `access`, `sockets`, `seats`, `metrics`, `api`, `enhanced`, `adaptive`, `adaptive-real`, `transcoding`
 *   npm run bench -- --repeat 3    each run three times, in turns; the middle of each figure counts
 *   npm run bench -- --write       also puts the rows into docs/performance.md; with --only what is one sentence alone
 */
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    only: { type: "string" },
    seconds: { type: "string", default: "10" },
    repeat: { type: "string", default: "1" },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.repeat);

type Scenario = {
  readonly name: string;
  readonly viewers: number;
  readonly ramp: number;
  readonly sample?: number;
  readonly stalled?: number;
  /** The publisher sends a second quality of so many kbit/s: each viewer's network is looked at. */
  readonly rung?: number;
  /** Whether others are measured beside it. */
  readonly nginx: boolean;
  /** The window of the program that does nothing but send. */
  readonly floorMs?: number;
};

const scenarios: readonly Scenario[] = [
  { name: "10", viewers: 10, ramp: 10, sample: 1, nginx: true },
  { name: "2000", viewers: 2_000, ramp: 500, nginx: true, floorMs: 50 },
  { name: "2000+stalled", viewers: 2_000, ramp: 500, stalled: 200, nginx: false },
  { name: "2000+ladder", viewers: 2_000, ramp: 500, rung: 300, nginx: false, floorMs: 50 },
  { name: "6000", viewers: 6_000, ramp: 500, nginx: true, floorMs: 100 },
  { name: "6000+ladder", viewers: 6_000, ramp: 500, rung: 300, nginx: false, floorMs: 100 },
  { name: "12000", viewers: 12_000, ramp: 200, nginx: false, floorMs: 350 },
  { name: "12000+ladder", viewers: 12_000, ramp: 200, rung: 300, nginx: false, floorMs: 350 },
];

type Run = { readonly mode: "play" | "flv"; readonly start: () => Promise<Server | undefined> };

/** What is measured with one audience, one after the other. */
function runsOf({ nginx, floorMs }: Scenario): Run[] {
  const runs: Run[] = [
    { mode: "play", start: startSluice },
    { mode: "flv", start: startSluice },
  ];
  if (nginx) runs.push({ mode: "play", start: startNginxRtmp });
  if (floorMs !== undefined) runs.push({ mode: "flv", start: () => startFloor(floorMs) });
  return runs;
}

async function fanOut(rows: Row[]): Promise<void> {
  const chosen = scenarios.filter(({ name, viewers }) =>
    values.only && values.only !== "fan-out" ? name === values.only : !values.quick || viewers <= 2_000,
  );
  for (const scenario of chosen) {
    const all: Row[] = [];
    // Each round has all servers, so that a slow minute of the machine is a slow minute for all.
    for (let round = 0; round < rounds; round++) {
      for (const run of runsOf(scenario)) {
        const row = await measuredRow(run, scenario);
        if (!row) continue;
        console.log(line(row));
        all.push(row);
      }
    }
    rows.push(...middles(all));
  }
}

/** Of each server and protocol the middle of each figure. */
function middles(rows: readonly Row[]): Row[] {
  const kinds = new Set(rows.map(kind));
  return [...kinds].flatMap((each) => {
    const same = rows.filter((row) => kind(row) === each);
    const [first] = same;
    return first ? [{ ...first, played: middle(same.map(({ played }) => played)) }] : [];
  });
}

function kind({ server, mode }: Row): string {
  return `${server} ${mode}`;
}

async function measuredRow({ mode, start }: Run, scenario: Scenario): Promise<Row | undefined> {
  const server = await start();
  if (!server) {
    console.log("nginx with its RTMP module is not installed (Debian: libnginx-mod-rtmp); its row is left out");
    return undefined;
  }
  try {
    return { scenario: scenario.name, server: server.label, mode, played: await measured(server, mode, scenario) };
  } finally {
    await server.stop();
  }
}

async function measured(server: Server, mode: "play" | "flv", scenario: Scenario): Promise<Played> {
  const { viewers, ramp, sample, stalled, rung } = scenario;
  const port = mode === "flv" ? server.httpPort : server.rtmpPort;
  if (port === undefined) throw new Error(`${server.label} does not serve this`);
  const publisher =
    server.rtmpPort === undefined
      ? undefined
      : publish(server.rtmpPort, {
          ...{ seconds: seconds + viewers / ramp + 30, kbps: 1_000 },
          ...(rung === undefined ? {} : { rung }),
        });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const release = stalled && server.httpPort ? await stalledViewers(server.httpPort, stalled) : () => {};
  try {
    const pid = server.pids();
    return await play(mode, port, { viewers, seconds, ramp, pid, ...(sample === undefined ? {} : { sample }) });
  } finally {
    release();
    publisher?.stop();
  }
}

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, ${platform()} ${release()}, Node ${process.version}`);
const rows: Row[] = [];
const sentences: string[] = [];
const others = [
  ["idle", idle],
  ["ingest", ingest],
  ["segments", segments],
  ["latency", latency],
  ["access", access],
  ["sockets", sockets],
  ["seats", seats],
  ["metrics", metrics],
  ["api", apiAnswers],
  ["enhanced", enhanced],
  ["adaptive", () => adaptive(values.write)],
  ["adaptive-real", () => adaptiveReal(values.write)],
  ["transcoding", transcoding],
] as const;
if (!others.some(([name]) => name === values.only)) await fanOut(rows);
for (const [name, measure] of others) {
  if (values.only && values.only !== name) continue;
  const sentence = await measure(seconds);
  console.log(sentence);
  sentences.push(sentence);
}
if (rows.length > 0) console.log(targetTable(rows));
if (values.write && !values.only) writeReport(rows, sentences, rounds);
else if (values.write && values.only === "fan-out") writeRows(rows, rounds);
else if (values.write && !values.only?.startsWith("adaptive")) sentences.forEach(writeSentence);
