import { createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { milliseconds } from "../../config/duration.ts";
import { peerAddress } from "../../core/admission.ts";
import { Door } from "../../http/door.ts";
import { listen } from "../../http/listen.ts";
import type { Host, Running } from "../../protocol.ts";
import { serveConnection } from "./connection.ts";
import type { RtmpSettings } from "./settings.ts";

const keepAliveMs = 30_000;

/** Listens for RTMP and RTMPS; every connection that gets a place is served until it ends. */
export async function listenRtmp(host: Host, settings: () => RtmpSettings): Promise<Running> {
  const servers: Server[] = [];
  const ports: Record<string, number> = {};

  const doors = {
    rtmp: new Door(host.admission, host.log, "rtmp"),
    rtmps: new Door(host.admission, host.log, "rtmps"),
  };
  const accept = (socket: Socket, protocol: "rtmp" | "rtmps") => {
    const address = peerAddress(socket.remoteAddress);
    const place = doors[protocol].enter(socket);
    if (!place) return;
    socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
    serveConnection({ host, socket, protocol, address, place, settings });
  };

  const close = async () => {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    doors.rtmp.close();
    doors.rtmps.close();
    await Promise.all(closed);
  };
  const listenOn = async (server: Server, key: "rtmp.port" | "rtmp.securePort", port: number) => {
    servers.push(server);
    ports[key] = await listen(server, key, port, settings().host);
  };

  const { enabled, port, secureEnabled, securePort } = settings();
  try {
    if (enabled)
      await listenOn(
        createServer((socket) => accept(socket, "rtmp")),
        "rtmp.port",
        port,
      );
    if (secureEnabled) {
      const server = secureServer(host, settings, (socket) => accept(socket, "rtmps"));
      doors.rtmps.guard(server);
      await listenOn(server, "rtmp.securePort", securePort);
    }
  } catch (error) {
    await close(); // the other port must not keep a process alive that could not start
    throw error;
  }
  return { ports, close };
}

/** TLS with the certificate that is current. */
function secureServer(host: Host, settings: () => RtmpSettings, accept: (socket: Socket) => void): Server {
  const options = { ...host.certificates.options(), handshakeTimeout: milliseconds(settings().handshakeTimeout) };
  const server = createSecureServer(options, accept);
  server.on("tlsClientError", (error, socket) => {
    const address = peerAddress(socket.remoteAddress);
    host.log.debug({ protocol: "rtmps", address, reason: error.message }, "TLS handshake failed");
    socket.destroy();
  });
  server.once(
    "close",
    host.certificates.onChange((changed) => server.setSecureContext(changed)),
  );
  return server;
}
