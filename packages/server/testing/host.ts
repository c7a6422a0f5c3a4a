import { once } from "node:events";
import { connect } from "node:net";
import type { Certificates } from "../src/certificates.ts";
import type { Access } from "../src/core/access.ts";
import { Admission, type AdmissionLimits } from "../src/core/admission.ts";
import { type CodecPolicy, openPolicy } from "../src/core/codec-policy.ts";
import { Events } from "../src/core/events.ts";
import { type AppSettings, Hub } from "../src/core/hub.ts";
import type { Log } from "../src/core/log.ts";
import { Pacer } from "../src/core/pacer.ts";
import { defaultLogLimits } from "../src/core/packet-log.ts";
import type { Paths } from "../src/core/paths.ts";
import { Sessions } from "../src/core/sessions.ts";
import { HttpServer, type HttpTimeouts } from "../src/http/server.ts";
import type { Host, Running } from "../src/protocol.ts";
import { openSegments } from "../src/segments/index.ts";

export type TestHost = Host & {
  readonly http: HttpServer;
  readonly events: Events;
  readonly ports: Readonly<Record<string, number>>;
  /** What was logged: the fields and the text. */
  readonly lines: readonly (Record<string, unknown> & { level: string; text: string })[];
  run(start: (host: Host) => Promise<Running>): Promise<void>;
  close(): Promise<void>;
};

export type TestHostOptions = {
  readonly access?: Access;
  readonly app?: Partial<AppSettings>;
  readonly limits?: Partial<AdmissionLimits>;
  readonly origins?: readonly string[];
  readonly timeouts?: HttpTimeouts;
  readonly windowSeconds?: number;
  readonly paths?: Paths;
  readonly codecs?: Partial<CodecPolicy>;
};

/** Everything that the application lends to a protocol, on ports of its own; only certificates are missing, so TLS handshakes fail. */
export async function testHost({
  access,
  app,
  limits,
  origins,
  timeouts,
  windowSeconds = 0,
  paths,
  codecs,
}: TestHostOptions = {}): Promise<TestHost> {
  const lines: (Record<string, unknown> & { level: string; text: string })[] = [];
  const line = (level: string) => (fields: object, text: string) => void lines.push({ ...fields, level, text });
  const log: Log = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  const events = new Events();
  const settings: AppSettings = {
    duplicate: "same-key",
    holdMs: 30_000,
    log: defaultLogLimits,
    cursor: { maxLagUs: 4_000_000, stallMs: 20_000 },
    ...app,
  };
  const hub = new Hub({
    pacer: new Pacer(),
    events,
    app: (name) => (name.startsWith("live") ? settings : undefined),
    limits: () => ({ maxStreams: 100 }),
    ...(paths ? { paths } : {}),
  });
  const admission = new Admission(() => {
    return {
      connections: 10_000,
      connectionsPerAddress: 100,
      handshakesPerAddress: 50,
      trusted: ["127.0.0.1", "::1"],
      ...limits,
    };
  });
  const certificates: Certificates = {
    options: () => ({ minVersion: "TLSv1.2" }),
    onChange: () => () => {},
    close: () => {},
  };
  const http = new HttpServer(
    () => ({ host: "127.0.0.1", port: 0, securePort: 0, origins: origins ?? ["*"] }),
    admission,
    log,
    timeouts,
  );
  const sessions = new Sessions(log, events);
  const segments = openSegments(
    { hub, sessions, log, routes: http },
    () => ({ segmentSeconds: 2, partSeconds: 0.2, windowSeconds }),
    Buffer.alloc(32),
  );
  const host: Host = {
    hub,
    access: access ?? { decide: () => ({ allowed: true }) },
    sessions,
    segments,
    codecs: () => ({ ...openPolicy, ...codecs }),
    admission,
    routes: http,
    certificates,
    log,
  };
  const running: Running[] = [];
  const ports = await http.listen(certificates);
  return {
    ...host,
    http,
    events,
    ports,
    lines,
    run: async (start) => {
      const started = await start(host);
      running.push(started);
      Object.assign(ports, started.ports);
    },
    close: async () => {
      hub.close("the test is over");
      segments.close();
      await Promise.all([http.close(), ...running.map((each) => each.close())]);
    },
  };
}

/** Waits until `condition` holds; fails with what was expected when it does not within thirty seconds, which is long for a slow machine too. */
export async function until(condition: () => boolean, expected: string): Promise<void> {
  for (const end = performance.now() + 30_000; !condition(); ) {
    if (performance.now() > end) throw new Error(`waited in vain until ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A plain TCP connection to a port of ours, with everything that came back. */
export async function rawSocket(port: number, options: { localAddress?: string } = {}) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, ...options });
  let pieces: Buffer[] = [];
  const state = {
    socket,
    closed: false,
    get received(): Buffer {
      if (pieces.length > 1) pieces = [Buffer.concat(pieces)];
      return pieces[0] ?? Buffer.alloc(0);
    },
  };
  socket.on("data", (piece) => void pieces.push(piece));
  socket.on("error", () => {});
  socket.on("close", () => {
    state.closed = true;
  });
  await once(socket, "connect");
  return state;
}
