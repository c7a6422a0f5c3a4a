import { type EventLoopUtilization, performance } from "node:perf_hooks";
import { Type } from "typebox";
import type { Hub } from "../../core/hub.ts";
import type { Sessions } from "../../core/sessions.ts";
import { version } from "../../core/version.ts";
import type { ApiRoute } from "../../http/api.ts";
import { count, time } from "../../http/api-shapes.ts";
import type { LoopDelay } from "../process/loop-delay.ts";

export type NodeParts = {
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly delay: Pick<LoopDelay, "recent">;
  readonly ports: () => Readonly<Record<string, number>>;
};

const sampleMs = 5_000;
const share = Type.Number({ description: "1 is a whole core" });
const ms = Type.Number({ description: "milliseconds" });

const nodeShape = Type.Object(
  {
    version: Type.String(),
    node: Type.String(),
    platform: Type.String(),
    startedAt: time,
    cpu: share,
    memory: Type.Object({ rss: count, heapUsed: count, external: count }),
    eventLoop: Type.Object({ utilization: Type.Number(), p50Ms: ms, p99Ms: ms, maxMs: ms }),
    window: Type.Number({ description: "how long a packet waits for its pass now, in milliseconds" }),
    sockets: count,
    streams: count,
    publishers: count,
    viewers: count,
    ports: Type.Record(Type.String(), Type.Integer()),
  },
  { title: "ServerNode" },
);

/** What this process is, and how it does; measured over the last seconds. */
export function nodeRoutes({ hub, sessions, delay, ports }: NodeParts): {
  readonly routes: readonly ApiRoute[];
  close(): void;
} {
  const startedAt = Date.now();
  let [cpuBefore, loopBefore, at] = [process.cpuUsage(), performance.eventLoopUtilization(), performance.now()];
  let [cpu, utilization] = [0, 0];
  const sample = () => {
    const passedMs = performance.now() - at;
    const used = process.cpuUsage(cpuBefore);
    const turned: EventLoopUtilization = performance.eventLoopUtilization(loopBefore);
    cpu = rounded((used.user + used.system) / 1000 / passedMs);
    utilization = rounded(turned.utilization);
    [cpuBefore, loopBefore, at] = [process.cpuUsage(), performance.eventLoopUtilization(), performance.now()];
  };
  const timer = setInterval(sample, sampleMs).unref();
  const route: ApiRoute = {
    method: "GET",
    path: "node",
    role: "viewer",
    scope: "read",
    summary: "this server: version, load, memory, how promptly it acts",
    answer: nodeShape,
    handle() {
      const { rss, heapUsed, external } = process.memoryUsage();
      const { p50Ms, p99Ms, maxMs } = delay.recent;
      const publishers = [...sessions.list()].filter(({ role }) => role === "publisher").length;
      return {
        version,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        startedAt,
        cpu,
        memory: { rss, heapUsed, external },
        eventLoop: { utilization, p50Ms: rounded(p50Ms), p99Ms: rounded(p99Ms), maxMs: rounded(maxMs) },
        window: rounded(hub.pacer.windowMs),
        sockets: process
          .getActiveResourcesInfo()
          .filter((name) => name.endsWith("SocketWrap") || name.startsWith("TCP")).length,
        streams: [...hub.streams].length,
        publishers,
        viewers: sessions.size - publishers,
        ports: ports(),
      };
    },
  };
  return {
    routes: [route],
    close: () => clearInterval(timer),
  };
}

function rounded(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1000) / 1000 : 0;
}
