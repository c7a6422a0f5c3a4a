import { play, publish } from "./load.ts";
import { residentMiB, type Server, startNginxRtmp, startSluice } from "./servers.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a thousand viewers hold in memory whose stream has fallen silent, over each protocol; in a sentence. */
export async function idle(): Promise<string> {
  const viewers = 1_000;
  const costs: string[] = [];
  for (const mode of ["play", "flv"] as const) {
    const server = await startSluice();
    const publisher = publish(portOf(server), { seconds: 60, kbps: 1_000 });
    try {
      await pause(4_000);
      publisher.fallSilent();
      await pause(1_000);
      const before = residentMiB(server.pids());
      const port = mode === "flv" ? (server.httpPort ?? 0) : portOf(server);
      const watching = play(mode, port, { viewers, seconds: 6, ramp: 500, pid: server.pids() });
      await pause(6_000);
      const cost = residentMiB(server.pids()) - before;
      costs.push(`${cost.toFixed(1)} MiB over ${mode === "flv" ? "HTTP-FLV" : "RTMP"}`);
      await watching;
    } finally {
      publisher.stop();
      await server.stop();
    }
  }
  return `Idle: ${viewers.toLocaleString("en")} viewers of a stream that has fallen silent cost ${costs.join(", ")}`;
}

/** What 200 publishers cost, here and in nginx-rtmp where that is installed; in a sentence. */
export async function ingest(seconds: number): Promise<string> {
  const words = await published(await startSluice(), seconds);
  const nginx = await startNginxRtmp();
  const beside = nginx ? ` (nginx-rtmp, same run: ${await published(nginx, seconds)})` : "";
  return `Ingest: ${words}${beside}`;
}

async function published(server: Server, seconds: number): Promise<string> {
  try {
    const publisher = publish(portOf(server), { seconds: seconds + 4, kbps: 1_000, streams: 200 });
    await pause(3_000);
    const viewer = { viewers: 1, seconds: Math.max(2, seconds - 4), ramp: 1, sample: 1, pid: server.pids() };
    const seen = await play("play", portOf(server), viewer);
    const { live, streams, frames, closed } = await publisher.done;
    return `${live} of ${streams} publishers at 1 Mbit/s live at the end, ${closed} closed, ${frames.toLocaleString("en")} frames sent; ${seen.server_cpu_pct} % of a core, ${seen.server_rss_mib} MiB`;
  } finally {
    await server.stop();
  }
}

function portOf({ rtmpPort, label }: Server): number {
  if (rtmpPort === undefined) throw new Error(`${label} takes no publisher`);
  return rtmpPort;
}
