import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { openTcp } from "../packages/server/src/tcp/tuning.ts";

const count = 6_000;
const audience = 12_000;
const looksPerSecond = 4;
const atOnce = 200;

/** What it costs to limit what the kernel holds for a viewer, and to ask it what the connection carries; in a sentence. */
export async function sockets(): Promise<string> {
  const complaints: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (fields: object) => void complaints.push(JSON.stringify(fields)),
    error() {},
  };
  const tcp = openTcp(log);
  const { ours, close } = await connections();
  try {
    const [first] = ours;
    if (first) tcp.tune(first);
    while (first && !tcp.look(first) && complaints.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    if (complaints.length > 0) return `The kernel cannot be asked about connections here: ${complaints.join()}`;
    const tuneUs = each(ours, (socket) => tcp.tune(socket));
    const lookUs = each(ours, (socket) => void tcp.look(socket));
    const share = (lookUs * audience * looksPerSecond) / 10_000;
    return `Limiting what the kernel holds for a viewer takes ${tuneUs.toFixed(1)} µs, asking it about the connection ${lookUs.toFixed(1)} µs: ${share.toFixed(0)} % of a core for ${audience} viewers who are all asked about ${looksPerSecond} times a second`;
  } finally {
    close();
  }
}

/** Microseconds of the processor for one, over many that are not in its cache. */
function each(ours: readonly Socket[], act: (socket: Socket) => void): number {
  const rounds = 5;
  const from = process.cpuUsage();
  for (let round = 0; round < rounds; round++) for (const socket of ours) act(socket);
  const { user, system } = process.cpuUsage(from);
  return (user + system) / (rounds * ours.length);
}

async function connections() {
  const ours: Socket[] = [];
  const theirs: Socket[] = [];
  const server = createServer((socket) => void ours.push(socket.on("error", () => {})));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  while (theirs.length < count) {
    const some = Array.from({ length: atOnce }, () => connect(port, "127.0.0.1").on("error", () => {}));
    await Promise.all(some.map((socket) => once(socket, "connect")));
    theirs.push(...some);
  }
  while (ours.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const socket of ours) socket.write("x");
  const close = () => {
    for (const socket of [...ours, ...theirs]) socket.destroy();
    server.close();
  };
  return { ours, close };
}
