import { type IncomingMessage, ServerResponse } from "node:http";
import { queuePieces } from "../core/direct-write.ts";
import type { SharedBytes } from "../core/shared-write.ts";
import { PlainAnswer } from "./plain-answer.ts";

/**
 * Whether an answer that is there as a whole may go straight to the socket. Otherwise node has to decide something: for HTTP/2 and 1.0, HEAD, a connection that is to be closed, an
 * answer that is still to come before this one.
 */
export function takesWhole(request: IncomingMessage, response: ServerResponse | PlainAnswer): boolean {
  if (response instanceof PlainAnswer) return true;
  return (
    request.method === "GET" &&
    request.httpVersion === "1.1" &&
    response instanceof ServerResponse &&
    response.socket !== null &&
    response.shouldKeepAlive &&
    !response.headersSent &&
    !response.writableEnded &&
    response.getHeaderNames().length === 0
  );
}

/** Sends the pieces of a whole answer as they are: node's writer costs more than all the rest of one. `shared`: the same, where many get it. Only where `takesWhole`. */
export function writeWhole(
  response: ServerResponse | PlainAnswer,
  pieces: readonly Uint8Array[],
  shared?: SharedBytes,
): void {
  if (response instanceof PlainAnswer) return shared ? response.shared(shared) : response.whole(pieces);
  const { socket } = response;
  if (!socket) return;
  response.finished = true;
  // Node takes the next request, and begins to count until it lets go of the connection, where an answer has finished.
  queuePieces(socket, pieces, (error) => {
    if (!error) response.emit("finish");
  });
}
