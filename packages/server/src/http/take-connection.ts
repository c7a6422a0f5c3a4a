import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

const nothing = Buffer.allocUnsafe(1).subarray(1);

/**
 * Makes the connection of a request ours, once its answer's head is written: from here on it is a stream. Node would keep its parser for the next request, ten kilobytes as long as
 * the stream is watched, and lets go of it only for an upgrade. So the request becomes one, and the server's `upgrade` event, which comes at once, is not for a WebSocket.
 */
export function takeConnection(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  response.detachSocket(socket);
  socket.setTimeout(0);
  if (socket.isPaused()) return; // node holds back a flood of requests, and needs its parser for that
  Object.assign(request, { upgrade: true });
  socket.emit("data", nothing); // node looks for an upgrade when something comes in
  socket.on("data", refuse).on("end", hangUp);
}

/** An answer without an end has none after it: who asks for one is let go. An empty line behind a request is none. */
function refuse(this: Socket, bytes: Buffer): void {
  if (bytes.some((byte) => byte !== 0x0d && byte !== 0x0a)) this.destroy();
}

function hangUp(this: Socket): void {
  this.end();
}
