import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { narrowSockets } from "./narrow-socket.ts";

/** What a throttled connection has carried towards the viewer, and how fast that may go. */
export type ThrottledConnection = {
  readonly bytes: number;
  /** In bits per second, from now on. */
  setRate(bitrate: number): void;
};

/** A network of which the test says how fast it is. */
export type ThrottledProxy = {
  readonly port: number;
  /** In the order in which they came; those that have ended too. */
  readonly connections: readonly ThrottledConnection[];
  /** For all connections, those to come too. In bits per second. */
  setRate(bitrate: number): void;
};

export type ThrottleOptions = {
  readonly bitrate: number;
  /** All connections share one link, as those of one household do; otherwise each has its own. */
  readonly shared?: boolean;
};

type Connect = Awaited<ReturnType<typeof narrowSockets>>;

/** How often what may pass is reckoned, and how long nobody's share is saved up for. */
const tickMs = 20;
/** Read in bites, so that no more has been taken from the server than may pass. */
const biteBytes = 2048;

/** Passes connections on to a port of this machine: what comes from there at no more than a given rate, by one bucket of tokens a connection. The other direction is not slowed. */
export async function throttledProxy(t: TestContext, port: number, options: ThrottleOptions): Promise<ThrottledProxy> {
  const connect = await narrowSockets();
  let { bitrate } = options;
  const link = new Bucket(bitrate);
  const buckets = new Set([link]);
  const sockets = new Set<Socket>();
  const connections: ThrottledConnection[] = [];
  const server = createServer({ noDelay: true }, (client) => {
    const bucket = options.shared ? link : new Bucket(bitrate);
    const passed = pass(client, port, bucket, connect);
    buckets.add(bucket);
    connections.push(passed);
    for (const socket of [client, passed.upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => {
        sockets.delete(socket);
        if (bucket !== link) buckets.delete(bucket);
      });
    }
  });
  const ticks = setInterval(() => {
    for (const bucket of buckets) bucket.fill(performance.now());
  }, tickMs);
  t.after(() => {
    clearInterval(ticks);
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server.listen(0), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    setRate: (changed) => {
      bitrate = changed;
      for (const bucket of buckets) bucket.bitrate = changed;
    },
  };
}

function pass(client: Socket, port: number, bucket: Bucket, connect: Connect) {
  const passed = { bytes: 0, upstream: client, setRate: (bitrate: number) => void Object.assign(bucket, { bitrate }) };
  const upstream = connect(port, {
    buffer: new Uint8Array(biteBytes),
    callback: (length, buffer) => {
      client.write(Buffer.from(buffer.subarray(0, length))); // the next bite is read into the same bytes
      passed.bytes += length;
      return bucket.take(length, upstream);
    },
  });
  passed.upstream = upstream;
  client.on("data", (bytes) => upstream.write(bytes));
  upstream.once("end", () => client.end());
  client.once("end", () => upstream.end());
  upstream.once("close", () => client.destroySoon());
  client.once("close", () => upstream.destroy());
  return passed;
}

/** What may pass: filled by the clock, emptied by what passes; a debt is waited for. */
class Bucket {
  bitrate: number;
  #tokens = 0;
  #filledAt = performance.now();
  readonly #waiting = new Set<Socket>();

  constructor(bitrate: number) {
    this.bitrate = bitrate;
  }

  /** False when the socket has to wait until it may read on. */
  take(bytes: number, socket: Socket): boolean {
    this.#tokens -= bytes;
    if (this.#tokens >= 0) return true;
    this.#waiting.add(socket);
    return false;
  }

  /** What time has brought counts in full, however late this is called on a busy machine; what was left over is kept for one tick at most. */
  fill(at: number): void {
    const perMs = this.bitrate / 8_000;
    this.#tokens = Math.min(this.#tokens, perMs * tickMs) + (at - this.#filledAt) * perMs;
    this.#filledAt = at;
    if (this.#tokens < 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const socket of waiting) socket.resume();
  }
}
