import type { MakingState } from "../../core/making.ts";
import type { StreamState } from "../../core/stream.ts";
import type { Metric } from "./exposition.ts";
import type { Figures } from "./figures.ts";

/** Those that can be counted; an ended stream is gone. */
const states: readonly StreamState[] = ["waiting", "live", "held"];
const makingStates: readonly MakingState[] = [
  "planned",
  "queued",
  "refused",
  "starting",
  "running",
  "failed",
  "unable",
];

export const streamMetrics: readonly Metric<Figures>[] = [
  {
    name: "sluice_streams",
    kind: "gauge",
    help: "Streams: those that viewers wait for, those that are live, and those that wait for their publisher",
    labels: ["state"],
    read({ streams }, put) {
      for (const state of states) put(streams.states.get(state) ?? 0, state);
    },
  },
  {
    name: "sluice_received_packets_total",
    kind: "counter",
    help: "Packets that all streams have received: frames, configurations and data",
    labels: [],
    read: ({ streams }, put) => put(streams.packets),
  },
  {
    name: "sluice_stream_viewers",
    kind: "gauge",
    help: "Viewers of each of the busiest streams (metrics.streams) over all protocols, and of all others together as `other`",
    labels: ["app", "stream"],
    read({ streams }, put) {
      for (const { app, stream, viewers } of streams.busiest) put(viewers, app, stream);
    },
  },
  {
    name: "sluice_stream_received_bytes_total",
    kind: "counter",
    help: "Media that each of the busiest streams has received since it began",
    labels: ["app", "stream"],
    read({ streams }, put) {
      for (const { app, stream, bytes } of streams.busiest) if (bytes !== undefined) put(bytes, app, stream);
    },
  },
  {
    name: "sluice_streams_kept_bytes",
    kind: "gauge",
    help: "Memory for the last seconds of all streams (apps.NAME.keep)",
    labels: [],
    read: ({ streams }, put) => put(streams.keptBytes),
  },
  {
    name: "sluice_dvr_memory_bytes",
    kind: "gauge",
    help: "Memory for the past of all streams, for time shift",
    labels: [],
    read: ({ archive }, put) => put(archive.memoryBytes),
  },
  {
    name: "sluice_dvr_disk_bytes",
    kind: "gauge",
    help: "Room on disk for it",
    labels: [],
    read: ({ archive }, put) => put(archive.diskBytes),
  },
  {
    name: "sluice_transcoders",
    kind: "gauge",
    help: "Streams whose app has a ladder, by what becomes of it",
    labels: ["state"],
    read({ streams }, put) {
      for (const state of makingStates) put(streams.making.get(state) ?? 0, state);
    },
  },
  {
    name: "sluice_transcoder_cores",
    kind: "gauge",
    help: "Processor cores that the running ones are taken to need",
    labels: [],
    read: ({ streams }, put) => put(streams.cores),
  },
  {
    name: "sluice_transcoder_events_total",
    kind: "counter",
    help: "What has happened to them; `dropped`: pictures were left out, `eased`: less is made, `resumed`: more again",
    labels: ["state"],
    read({ transcoding }, put) {
      for (const [state, count] of transcoding) put(count, state);
    },
  },
  {
    name: "sluice_rungs_live",
    kind: "gauge",
    help: "Qualities beside the sources that can be watched now",
    labels: [],
    read: ({ streams }, put) => put(streams.rungs),
  },
];
