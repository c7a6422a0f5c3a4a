import type { Metric } from "./exposition.ts";
import type { Figures } from "./figures.ts";

/** All hooks together, those included that are in the configuration no more. */
export const hookMetrics: readonly Metric<Figures>[] = [
  {
    name: "sluice_webhook_attempts_total",
    kind: "counter",
    help: "Events that were sent to a webhook, by what came of it: `arrived` or `failed`, after which it is tried again or given up",
    labels: ["outcome"],
    read({ hooks: { delivered, failed } }, put) {
      put(delivered, "arrived");
      put(failed, "failed");
    },
  },
  {
    name: "sluice_webhook_undelivered_events_total",
    kind: "counter",
    help: "Events that a webhook was not told: `dead` (given up, and kept with the dead letters) or `dropped` (too many waited)",
    labels: ["outcome"],
    read({ hooks: { dead, dropped } }, put) {
      put(dead, "dead");
      put(dropped, "dropped");
    },
  },
  {
    name: "sluice_webhook_queued_events",
    kind: "gauge",
    help: "Events that wait to be sent, all webhooks together",
    labels: [],
    read: ({ hooks }, put) => put(hooks.queued),
  },
];
