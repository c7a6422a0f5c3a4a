import type { Socket } from "node:net";

/** As much as libuv would read at once. */
const size = 64 * 1024;
/** Reading and taking are one turn of the loop: all sockets may share it. */
const shared = new Uint8Array(size);

/** What Node's `onread` option sets, which it offers for sockets that connect and not for those that a server accepts. */
const names = ["kBuffer", "kBufferGen", "kBufferCb"];
/** The same for all sockets: looked for once. */
let fields: ReadonlyMap<string | undefined, symbol> | undefined;

/**
 * Hands over what a socket of a server reads, from now on. The bytes are lent: good until `take` returns. Without it each read makes a buffer and goes through a stream's queue, which is a
 * good part of what it costs to take in a stream, or a request. Where this Node has it otherwise, and over TLS, the bytes come as the stream gives them.
 * Returns what lets the stream have them again.
 */
export function onRead(socket: Socket, take: (bytes: Uint8Array) => void): () => void {
  const { _handle: handle } = socket as { _handle?: { useUserBuffer?(bytes: Uint8Array): void } | null };
  if ("encrypted" in socket || !handle?.useUserBuffer) return throughStream(socket, take);
  fields ??= new Map(Object.getOwnPropertySymbols(socket).map((symbol) => [symbol.description, symbol]));
  const [buffer, next, taken] = names.map((name) => fields?.get(name));
  if (!buffer || !next || !taken) return throughStream(socket, take);
  Object.assign(socket, {
    [buffer]: shared,
    [next]: null,
    [taken]: (length: number) => take(shared.subarray(0, length)),
  });
  handle.useUserBuffer(shared);
  socket.resume();
  // What the stream has no room for it does not want to read.
  return () =>
    void Object.assign(socket, { [taken]: (length: number) => socket.push(Buffer.copyBytesFrom(shared, 0, length)) });
}

function throughStream(socket: Socket, take: (bytes: Uint8Array) => void): () => void {
  socket.on("data", take);
  return () => void socket.off("data", take);
}
