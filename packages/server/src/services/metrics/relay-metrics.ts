import type { Metric } from "./exposition.ts";
import type { Figures } from "./figures.ts";

const directions = ["push", "pull"] as const;

/** What goes to other servers and comes from there. */
export const relayMetrics: readonly Metric<Figures>[] = [
  {
    name: "sluice_relays",
    kind: "gauge",
    help: "Streams that are sent to other servers (`push`) and fetched from there (`pull`), by how that does",
    labels: ["direction", "state"],
    read({ relays }, put) {
      for (const direction of directions)
        for (const [state, count] of Object.entries(relays[direction].states)) put(count, direction, state);
    },
  },
  {
    name: "sluice_relay_bytes_total",
    kind: "counter",
    help: "Media in bytes that was sent to other servers and received from there",
    labels: ["direction"],
    read({ relays }, put) {
      for (const direction of directions) put(relays[direction].bytes, direction);
    },
  },
  {
    name: "sluice_relay_restarts_total",
    kind: "counter",
    help: "Connections to other servers that were made anew after one was lost or refused",
    labels: ["direction"],
    read({ relays }, put) {
      for (const direction of directions) put(relays[direction].restarts, direction);
    },
  },
];
