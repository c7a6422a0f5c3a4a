import { createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { milliseconds } from "../../config/duration.ts";
import { peerAddress } from "../../core/admission.ts";
import { listen } from "../../http/listen.ts";
import type { Host, Running } from "../../protocol.ts";
import { serveConnection } from "./connection.ts";
import type { RtmpSettings } from "./settings.ts";

const keepAliveMs = 30_000;

/** Listens for RTMP and RTMPS; every connection that gets a place is served until it ends. */
export async function listenRtmp(host: Host, settings: () => RtmpSettings): Promise<Running> {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const ports: Record<string, number> = {};

  const accept = (socket: Socket, protocol: "rtmp" | "rtmps") => {
    const address = peerAddress(socket.remoteAddress);
    socket.on("error", () => socket.destroy());
    const place = host.admission.enter(address);
    if ("refused" in place) {
      host.log.warn({ protocol, address, limit: place.refused }, "connection refused: too many");
      socket.destroy();
      return;
    }
    socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      place.leave();
    });
    serveConnection({ host, socket, protocol, address, place, settings });
  };

  const { host: bind, enabled, port, secureEnabled, securePort } = settings();
  if (enabled) {
    const server = createServer((socket) => accept(socket, "rtmp"));
    servers.push(server);
    ports["rtmp.port"] = await listen(server, "rtmp.port", port, bind);
  }
  if (secureEnabled) {
    const options = { ...host.certificates.options(), handshakeTimeout: milliseconds(settings().handshakeTimeout) };
    const server = createSecureServer(options, (socket) => accept(socket, "rtmps"));
    server.on("tlsClientError", (error, socket) => {
      host.log.debug(
        { protocol: "rtmps", address: peerAddress(socket.remoteAddress), reason: error.message },
        "TLS handshake failed",
      );
      socket.destroy();
    });
    servers.push(server);
    ports["rtmp.securePort"] = await listen(server, "rtmp.securePort", securePort, bind);
    server.once(
      "close",
      host.certificates.onChange((changed) => server.setSecureContext(changed)),
    );
  }

  return {
    ports,
    close: async () => {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroySoon();
      setTimeout(() => sockets.forEach((socket) => void socket.destroy()), lingerMs).unref();
      await Promise.all(closed);
    },
  };
}

/** How long the last bytes may take to leave when the server stops. */
const lingerMs = 1_000;
