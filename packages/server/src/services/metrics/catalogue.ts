import { connectionMetrics } from "./connection-metrics.ts";
import type { Metric } from "./exposition.ts";
import type { Figures } from "./figures.ts";
import { hookMetrics } from "./hook-metrics.ts";
import { processMetrics } from "./process-metrics.ts";
import { relayMetrics } from "./relay-metrics.ts";
import { sessionMetrics } from "./session-metrics.ts";
import { streamMetrics } from "./stream-metrics.ts";

/** Every figure that the server shows, under the headings that the documentation gives them. */
export const catalogue: Readonly<Record<string, readonly Metric<Figures>[]>> = {
  Streams: streamMetrics,
  Sessions: sessionMetrics,
  "Connections and delivery": connectionMetrics,
  "Push and pull": relayMetrics,
  Webhooks: hookMetrics,
  "The process": processMetrics,
};

export const allMetrics: readonly Metric<Figures>[] = Object.values(catalogue).flat();
