import { now } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Sessions } from "../../core/sessions.ts";
import { Exporter, type ExportSettings, type ExportTimes } from "./exporter.ts";
import { spansOf } from "./spans.ts";

export type TracingSettings = ExportSettings & {
  /** Of how many sessions one is traced. */
  readonly oneIn: number;
};

export type TracingParts = {
  readonly sessions: Sessions;
  readonly settings: () => TracingSettings;
  readonly log: Log;
  readonly times?: ExportTimes;
};

/** Tells whatever takes OpenTelemetry's traces how sessions began. */
export function openTracing({ sessions, settings, log, times }: TracingParts): { close(): Promise<void> } {
  const exporter = new Exporter(settings, log, times);
  const leave = sessions.onBegun((begun) => {
    if (!exporter.takes || Math.random() * settings().oneIn >= 1) return;
    exporter.add(spansOf(begun, Date.now() - now()));
  });
  return {
    close: async () => {
      leave();
      await exporter.close();
    },
  };
}
