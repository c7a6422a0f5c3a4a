import type { Metric } from "./exposition.ts";
import type { Figures } from "./figures.ts";

export const connectionMetrics: readonly Metric<Figures>[] = [
  {
    name: "sluice_connections",
    kind: "gauge",
    help: "Connections over all protocols",
    labels: [],
    read: ({ admission }, put) => put(admission.total),
  },
  {
    name: "sluice_connections_handshaking",
    kind: "gauge",
    help: "Those of them that have not said yet what they want",
    labels: [],
    read: ({ admission }, put) => put(admission.handshaking),
  },
  {
    name: "sluice_connections_refused_total",
    kind: "counter",
    help: "Connections that got no place, by the limit that was reached, or `ban`",
    labels: ["limit"],
    read({ admission }, put) {
      for (const [limit, count] of admission.refusals) put(count, limit);
    },
  },
  {
    name: "sluice_frame_age_seconds",
    kind: "histogram",
    help: "From a packet's arrival to the moment when it has been written to all viewers; of the oldest packet of each pass",
    labels: [],
    read: ({ pacer }, put) => put(pacer.ages),
  },
  {
    name: "sluice_write_pass_seconds",
    kind: "histogram",
    help: "How long it takes to write to all viewers who have something to get",
    labels: [],
    read: ({ pacer }, put) => put(pacer.passes),
  },
  {
    name: "sluice_write_window_seconds",
    kind: "histogram",
    help: "How long packets may wait for a common write, at each of these (pacing.window)",
    labels: [],
    read: ({ pacer }, put) => put(pacer.windows),
  },
  {
    name: "sluice_piece_requests_total",
    kind: "counter",
    help: "Requests of viewers over HLS and DASH, by what they are for: `m3u8`, `mpd`, `segment`, `part`, `mp4` (what comes before the first) and so on",
    labels: ["file"],
    read({ pieces }, put) {
      for (const [file, count] of pieces.asked) put(count, file);
    },
  },
  {
    name: "sluice_waiting_requests",
    kind: "gauge",
    help: "Requests that wait for a playlist or a part that is not there yet",
    labels: [],
    read: ({ pieces }, put) => put(pieces.waiting),
  },
];
