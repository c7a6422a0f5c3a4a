import { cpus, freemem, loadavg, totalmem, uptime } from "node:os";
import { version } from "../../core/version.ts";

/** What passed through since the start. */
export type Passed = { readonly sendBytes: number; readonly recvBytes: number; readonly clients: number };

/** The server and its machine as SRS shows them. What it is started with and where is nobody's business; what is not measured is 0. */
export function srsSummaries({ sendBytes, recvBytes, clients }: Passed): object {
  const now = Date.now();
  const total = totalmem();
  const { rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const [load1 = 0, load5 = 0, load15 = 0] = loadavg();
  const cores = cpus().length;
  return {
    ok: true,
    now_ms: now,
    self: {
      version,
      pid: process.pid,
      ppid: process.ppid,
      argv: "sluice",
      cwd: "",
      mem_kbyte: Math.round(rss / 1024),
      mem_percent: share(rss, total),
      cpu_percent: share((user + system) / 1e6, process.uptime()),
      srs_uptime: Math.round(process.uptime()),
    },
    system: {
      cpu_percent: Math.min(1, share(load1, cores)),
      disk_read_KBps: 0,
      disk_write_KBps: 0,
      disk_busy_percent: 0,
      mem_ram_kbyte: Math.round(total / 1024),
      mem_ram_percent: share(total - freemem(), total),
      mem_swap_kbyte: 0,
      mem_swap_percent: 0,
      cpus: cores,
      cpus_online: cores,
      uptime: Math.round(uptime()),
      ilde_time: 0,
      load_1m: load1,
      load_5m: load5,
      load_15m: load15,
      net_sample_time: now,
      net_recv_bytes: 0,
      net_send_bytes: 0,
      net_recvi_bytes: 0,
      net_sendi_bytes: 0,
      srs_sample_time: now,
      srs_recv_bytes: recvBytes,
      srs_send_bytes: sendBytes,
      conn_sys: 0,
      conn_sys_et: 0,
      conn_sys_tw: 0,
      conn_sys_udp: 0,
      conn_srs: clients,
    },
  };
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 10_000) / 10_000 : 0;
}
