import type { Config } from "../config/schema.ts";
import type { Log } from "../core/log.ts";
import { version } from "../core/version.ts";
import type { HttpServer } from "../http/server.ts";
import type { Segments } from "../segments/index.ts";
import { type MetricsParts, openMetrics } from "../services/metrics/index.ts";
import { healthPages } from "../services/readiness/index.ts";
import { openTracing } from "../services/tracing/index.ts";

export type ObservationParts = Omit<MetricsParts, "settings" | "pieces"> & {
  readonly config: () => Config;
  readonly log: Log;
  readonly http: HttpServer;
  readonly segments: Segments;
  readonly isDraining: () => boolean;
};

export type Observation = {
  /** Everything listens, from now on. */
  listening(): void;
  /** The server is being stopped. */
  stopping(): void;
  close(): Promise<void>;
};

/** What tells programs how the server is: metrics, health and traces. */
export function openObservation({
  config,
  log,
  http,
  segments,
  isDraining,
  ...sources
}: ObservationParts): Observation {
  let state: "starting" | "listening" | "stopping" = "starting";
  const { sessions, events, records } = sources;
  const { files } = segments;
  const pieces = () => ({ asked: files.asked, waiting: files.waiting });
  const metrics = openMetrics({ ...sources, pieces, settings: () => config().metrics });
  const tracing = openTracing({ sessions, log, settings: () => config().tracing });
  const isListening = () => state === "listening";
  http.page(healthPages({ isListening, isDraining, isStopping: () => state === "stopping", records }));
  http.page(metrics.page);
  return {
    listening: () => {
      state = "listening";
      events.emit({ kind: "server", state, version });
    },
    stopping: () => {
      state = "stopping";
      events.emit({ kind: "server", state, version });
    },
    close: async () => {
      metrics.close();
      await tracing.close();
    },
  };
}
