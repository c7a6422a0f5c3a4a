import { version } from "../../core/version.ts";
import type { Metric } from "./exposition.ts";
import type { Figures } from "./figures.ts";

/** The names are those that other programs have for the same, where there are such. */
export const processMetrics: readonly Metric<Figures>[] = [
  {
    name: "sluice_build_info",
    kind: "gauge",
    help: "1; which version runs, on which Node",
    labels: ["version", "node"],
    read: (_, put) => put(1, version, process.version),
  },
  {
    name: "process_start_time_seconds",
    kind: "gauge",
    help: "When the process was started, as Unix time",
    labels: [],
    read: (figures, put) => put(figures.process.startedSeconds),
  },
  {
    name: "process_cpu_user_seconds_total",
    kind: "counter",
    help: "Time of the processor that the program took; all threads, without FFmpeg",
    labels: [],
    read: (figures, put) => put(figures.process.userSeconds),
  },
  {
    name: "process_cpu_system_seconds_total",
    kind: "counter",
    help: "Time of the processor that the kernel took for it",
    labels: [],
    read: (figures, put) => put(figures.process.systemSeconds),
  },
  {
    name: "process_resident_memory_bytes",
    kind: "gauge",
    help: "Memory that the process has",
    labels: [],
    read: (figures, put) => put(figures.process.residentBytes),
  },
  {
    name: "nodejs_heap_size_used_bytes",
    kind: "gauge",
    help: "Memory that JavaScript's objects have",
    labels: [],
    read: (figures, put) => put(figures.process.heapBytes),
  },
  {
    name: "nodejs_external_memory_bytes",
    kind: "gauge",
    help: "Memory that they hold outside: media, mostly",
    labels: [],
    read: (figures, put) => put(figures.process.externalBytes),
  },
  {
    name: "process_open_fds",
    kind: "gauge",
    help: "Open files and sockets (Linux)",
    labels: [],
    read: ({ process: { files } }, put) => void (files !== undefined && put(files)),
  },
  {
    name: "process_max_fds",
    kind: "gauge",
    help: "How many there may be (Linux)",
    labels: [],
    read: ({ process: { maxFiles } }, put) => void (maxFiles !== undefined && put(maxFiles)),
  },
  {
    name: "sluice_event_loop_active_seconds_total",
    kind: "counter",
    help: "Time in which the event loop worked; with the next its utilisation, which is what one core can do",
    labels: [],
    read: (figures, put) => put(figures.process.activeSeconds),
  },
  {
    name: "sluice_event_loop_idle_seconds_total",
    kind: "counter",
    help: "Time in which it waited for work",
    labels: [],
    read: (figures, put) => put(figures.process.idleSeconds),
  },
  {
    name: "sluice_event_loop_delay_seconds",
    kind: "histogram",
    help: "How late the event loop was for a timer, ten times a second",
    labels: [],
    read: (figures, put) => put(figures.process.delays),
  },
  {
    name: "sluice_records_reachable",
    kind: "gauge",
    help: "1 when accounts, keys and bans can be read, 0 when not; absent where none are kept",
    labels: [],
    read: ({ records }, put) => void (records !== undefined && put(records ? 1 : 0)),
  },
];
