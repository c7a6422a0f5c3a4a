import { Admission } from "../packages/server/src/core/admission.ts";
import { Events } from "../packages/server/src/core/events.ts";
import { Histogram } from "../packages/server/src/core/histogram.ts";
import { Hub } from "../packages/server/src/core/hub.ts";
import { Pacer } from "../packages/server/src/core/pacer.ts";
import { defaultLogLimits } from "../packages/server/src/core/packet-log.ts";
import { Sessions } from "../packages/server/src/core/sessions.ts";
import { streamName } from "../packages/server/src/core/stream-name.ts";
import { allMetrics } from "../packages/server/src/services/metrics/catalogue.ts";
import { expose } from "../packages/server/src/services/metrics/exposition.ts";
import { Collector } from "../packages/server/src/services/metrics/figures.ts";

const sessionsThere = 5_000;
const streamsThere = 500;
const answers = 50;
const log = { debug() {}, info() {}, warn() {}, error() {} };

/** What one answer of /metrics costs with 5,000 sessions and 500 streams, and what is measured in each pass; in a sentence. */
export async function metrics(): Promise<string> {
  const events = new Events();
  const sessions = new Sessions(log, events);
  const pacer = new Pacer();
  const settings = {
    holdMs: 0,
    log: defaultLogLimits,
    cursor: { maxLagUs: 1, stallMs: 1 },
    duplicate: "reject",
  } as const;
  const hub = new Hub({ pacer, events, app: () => settings, limits: () => ({ maxStreams: streamsThere }) });
  const limits = { connections: 1, connectionsPerAddress: 1, handshakesPerAddress: 1, trusted: [] };
  const collector = new Collector({
    ...{ hub, sessions, events, admission: new Admission(() => limits), archive: { memoryBytes: 0, diskBytes: 0 } },
    pieces: () => ({ asked: new Map(), waiting: 0 }),
    hooks: () => ({ delivered: 0, failed: 0, dead: 0, dropped: 0, queued: 0 }),
    relays: {
      figures: () => {
        const states = { waiting: 0, connecting: 0, sending: 0, receiving: 0, "backing off": 0, failed: 0 };
        return { bytes: 0, restarts: 0, states };
      },
    },
    delay: { all: new Histogram([1]) },
    records: async () => undefined,
  });
  const streams = Array.from({ length: streamsThere }, (_, number) => nameOf(number));
  for (const stream of streams) hub.publish(stream, undefined, { closed() {} });
  for (let number = 0; number < sessionsThere; number++) {
    const stream = streams[number % streamsThere] ?? nameOf(0);
    const figures = { bytes: number, skips: 1, moves: 1, rendition: "720p" };
    const source = { protocol: "http-flv", role: "viewer", stream, address: "192.0.2.7" } as const;
    sessions.open({ ...source, grant: { allowed: true }, figures: () => ({ ...figures }), close() {} });
  }
  let bytes = 0;
  const answer = async () => {
    bytes = expose(allMetrics, await collector.collect(200), "text").length;
  };
  for (let warm = 0; warm < answers; warm++) await answer();
  const ms = await processorMs(answer, answers);
  const passNs = histogramNs();
  collector.close();
  sessions.grants.close();
  hub.close("the bench is over");
  return `An answer of /metrics with ${sessionsThere.toLocaleString("en")} sessions and ${streamsThere} streams takes ${ms.toFixed(1)} ms of the processor and has ${Math.round(bytes / 1024)} KiB; a value in a histogram takes ${passNs.toFixed(0)} ns, and a pass over all viewers has three`;
}

function nameOf(number: number) {
  const found = streamName("live", `cam${number}`);
  if (!found) throw new Error("the name is not allowed");
  return found;
}

/** Of processor time, as others use the machine too. */
async function processorMs(act: () => Promise<void>, times: number): Promise<number> {
  const begin = process.cpuUsage();
  for (let time = 0; time < times; time++) await act();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000 / times;
}

function histogramNs(): number {
  const times = 5_000_000;
  const histogram = new Histogram([1, 2.5, 5, 10, 25, 50, 75, 100, 150, 250, 350, 500, 1_000, 2_500]);
  const begin = process.cpuUsage();
  for (let time = 0; time < times; time++) histogram.add((time * 7) % 300);
  const { user, system } = process.cpuUsage(begin);
  return ((user + system) * 1000) / times;
}
