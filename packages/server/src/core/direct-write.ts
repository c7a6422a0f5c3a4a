import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { getSystemErrorName } from "node:util";

/** What Node's own streams write with. */
type Request = { kept?: unknown; oncomplete?: (status: number) => void };
type Handle = {
  writeBuffer?(request: Request, bytes: Uint8Array): number;
  writev?(request: Request, pieces: readonly Uint8Array[], areBytes: true): number;
};
type Binding = {
  readonly WriteWrap: new () => Request;
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
};
type Done = (error?: Error | null) => void;

const binding = bindingOf(process as { binding?(name: string): unknown });
/** Good for any write until the kernel does not take all of one. */
let request: Request | undefined = binding && new binding.WriteWrap();
/** A write that is under way, and that its stream is just being told of. */
let begun: Request | undefined;
/** With this a socket knows that its peer takes something, and is not idle. */
let progress: symbol | undefined;

/**
 * Writes at once what an idle socket takes, and through its stream what it does not. For each write a stream makes four objects and calls back later, even if the kernel has had it all by
 * then: with thousands of viewers, whose sockets nearly always take everything, a good part of what a write costs besides the kernel's own. Where this Node has it otherwise, over TLS, and
 * for what is no socket the stream writes as always.
 */
export function writeTo(socket: Writable, bytes: Uint8Array): void {
  const handle = request && idleHandle(socket);
  // What cannot be written is the stream's to find out and tell.
  if (!request || !handle?.writeBuffer || handle.writeBuffer(request, bytes) !== 0) return void socket.write(bytes);
  if (isUnderWay()) tell(socket as Socket, bytes, bytes);
}

/** The same with pieces that stand behind one another; `done` is called when the kernel has them, which may be before this returns. */
export function writePieces(socket: Writable, pieces: readonly Uint8Array[], done: Done): void {
  const last = pieces.at(-1);
  if (!last) return done();
  const handle = request && idleHandle(socket);
  if (!request || !handle?.writev || !handle.writeBuffer) return queuePieces(socket, pieces, done);
  const code = pieces.length === 1 ? handle.writeBuffer(request, last) : handle.writev(request, pieces, true);
  if (code !== 0) return queuePieces(socket, pieces, done);
  if (isUnderWay()) tell(socket as Socket, pieces, last, done);
  else done();
}

/** The same by way of the stream, for whoever must not hear of it before this returns. */
export function queuePieces(socket: Writable, pieces: readonly Uint8Array[], done: Done): void {
  if (pieces.length > 1) socket.cork();
  for (const piece of pieces.slice(0, -1)) socket.write(piece);
  socket.write(pieces.at(-1) ?? "", done);
  if (pieces.length > 1) socket.uncork();
}

/** Whether the kernel has not taken all of the last write. */
function isUnderWay(): boolean {
  return binding !== undefined && binding.streamBaseState[binding.kLastWriteWasAsync] !== 0;
}

/** Makes what is under way the stream's: it counts the last piece as what waits. */
function tell(socket: Socket, kept: unknown, last: Uint8Array, done?: Done): void {
  begun = request;
  if (begun) begun.kept = kept;
  request = binding && new binding.WriteWrap();
  socket._write = goOn;
  socket.write(last, done);
  progress ??= Object.getOwnPropertySymbols(socket).find(({ description }) => description === "lastWriteQueueSize");
  if (progress) Object.assign(socket, { [progress]: 1 });
}

/** Whether a socket is open, is not TLS, and has nothing in its queue. */
export function isIdle(socket: Writable): socket is Socket {
  if (!isPlain(socket) || socket.writableLength > 0 || socket.writableCorked > 0) return false;
  return socket.writable && !socket.connecting;
}

function idleHandle(socket: Writable): Handle | undefined {
  if (!isIdle(socket)) return undefined;
  return (socket as { _handle?: Handle | null })._handle ?? undefined;
}

function isPlain(socket: Writable): socket is Socket {
  return socket.constructor === Socket;
}

/** A socket's `_write`: takes over what has begun. */
function goOn(this: Socket, bytes: Uint8Array, encoding: BufferEncoding, done: Done): void {
  const own = begun;
  if (!own) return Socket.prototype._write.call(this, bytes, encoding, done);
  begun = undefined;
  own.oncomplete = (status) => done(status < 0 ? new Error(`write ${getSystemErrorName(status)}`) : null);
}

function bindingOf({ binding }: { binding?(name: string): unknown }): Binding | undefined {
  try {
    const found = binding?.call(process, "stream_wrap") as Partial<Binding> | undefined;
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = found ?? {};
    if (!WriteWrap || !streamBaseState || kLastWriteWasAsync === undefined) return undefined;
    return { WriteWrap, streamBaseState, kLastWriteWasAsync };
  } catch {
    return undefined; // a Node that has no such thing
  }
}
