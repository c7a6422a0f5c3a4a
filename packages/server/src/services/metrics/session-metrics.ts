import type { Metric } from "./exposition.ts";
import type { Figures } from "./figures.ts";
import type { SessionRow } from "./session-tally.ts";

export const sessionMetrics: readonly Metric<Figures>[] = [
  {
    name: "sluice_sessions",
    kind: "gauge",
    help: "Who publishes and who watches",
    labels: ["protocol", "role", "app"],
    read({ sessions }, put) {
      for (const { protocol, role, app, open } of sessions.rows) put(open, protocol, role, app);
    },
  },
  {
    name: "sluice_sessions_opened_total",
    kind: "counter",
    help: "All who have published or watched",
    labels: ["protocol", "role", "app"],
    read({ sessions }, put) {
      for (const { protocol, role, app, opened } of sessions.rows) put(opened, protocol, role, app);
    },
  },
  {
    name: "sluice_sessions_refused_total",
    kind: "counter",
    help: "Who may not, by the rule that said so (see Error codes)",
    labels: ["protocol", "role", "rule"],
    read({ refusals }, put) {
      for (const { refused, count } of refusals.values()) put(count, refused.protocol, refused.role, refused.rule);
    },
  },
  {
    name: "sluice_received_bytes_total",
    kind: "counter",
    help: "Media that publishers have sent",
    labels: ["protocol", "app"],
    read: byRole("publisher", ({ bytes }) => bytes),
  },
  {
    name: "sluice_sent_bytes_total",
    kind: "counter",
    help: "Media that was sent to viewers, with what goes around it",
    labels: ["protocol", "app"],
    read: byRole("viewer", ({ bytes }) => bytes),
  },
  {
    name: "sluice_viewer_skips_total",
    kind: "counter",
    help: "How often a viewer fell behind and was moved forward",
    labels: ["protocol", "app"],
    read: byRole("viewer", ({ skips }) => skips),
  },
  {
    name: "sluice_viewer_moves_total",
    kind: "counter",
    help: "How often a viewer was moved to another quality",
    labels: ["protocol", "app"],
    read: byRole("viewer", ({ moves }) => moves),
  },
  {
    name: "sluice_rendition_viewers",
    kind: "gauge",
    help: "Viewers of each quality, of streams that have several; over HLS and DASH players choose by themselves",
    labels: ["rendition"],
    read({ sessions }, put) {
      for (const [rendition, count] of sessions.renditions) put(count, rendition);
    },
  },
  {
    name: "sluice_join_seconds",
    kind: "histogram",
    help: "From a viewer's request to the first byte of media; over HLS and DASH of the playlist. Who came before the publisher does not count",
    labels: ["protocol"],
    read({ joins }, put) {
      for (const [protocol, histogram] of joins) put(histogram, protocol);
    },
  },
];

function byRole(role: SessionRow["role"], value: (row: SessionRow) => number): Metric<Figures>["read"] {
  return ({ sessions }, put) => {
    for (const row of sessions.rows) if (row.role === role) put(value(row), row.protocol, row.app);
  };
}
