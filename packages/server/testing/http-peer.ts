import { rawSocket, until } from "./host.ts";

/** A frame of a WebSocket as a server sends it: unmasked. */
export type Frame = {
  readonly opcode: number;
  readonly final: boolean;
  readonly rsv: number;
  readonly payload: Buffer;
};

/** Someone on a plain socket who writes HTTP by hand, and takes what comes back apart by hand. */
export async function httpPeer(port: number, request: string, ...more: (string | Uint8Array)[]) {
  const state = await rawSocket(port);
  state.socket.write(request.replaceAll("\n", "\r\n"), "latin1");
  for (const each of more) state.socket.write(each);
  const headEnd = () => state.received.indexOf("\r\n\r\n");
  const body = () => (headEnd() < 0 ? Buffer.alloc(0) : state.received.subarray(headEnd() + 4));
  return {
    socket: state.socket,
    closed: () => state.closed,
    received: () => state.received,
    /** What came behind the head, as it is. */
    body,
    /** The body's chunks; the last one is empty when the body has ended. */
    chunks: () => chunksIn(body()),
    /** What came in chunks, in one piece. */
    content: () => Buffer.concat(chunksIn(body())),
    frames: () => framesIn(body()),
    /** Status and headers, once they are there. */
    async head(): Promise<{ status: number; headers: ReadonlyMap<string, string> }> {
      await until(() => headEnd() > 0, "the head of the answer is there");
      const [first = "", ...lines] = state.received.subarray(0, headEnd()).toString("latin1").split("\r\n");
      const headers = lines.map((line) => /^([^:]+): (.*)$/.exec(line) ?? []);
      return {
        status: Number(first.split(" ")[1]),
        headers: new Map(headers.map(([, name = "", value = ""]) => [name.toLowerCase(), value])),
      };
    },
  };
}

export type HttpPeer = Awaited<ReturnType<typeof httpPeer>>;

/** A GET of HTTP/1.1 for a stream, with more headers if any. */
export function flvRequest(path = "/live/cam.flv", headers = ""): string {
  return `GET ${path} HTTP/1.1\nHost: h\n${headers}\n`;
}

/** The handshake of a WebSocket whose answer is known. */
export function webSocketRequest(path = "/live/cam.flv", headers = ""): string {
  return flvRequest(
    path,
    `Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n${headers}`,
  );
}

/** A frame as a client sends it: masked. */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  const mask = [1, 2, 3, 4];
  const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.from([0x80 | opcode, ...length, ...mask, ...payload.map((byte, index) => byte ^ ((index % 4) + 1))]);
}

function chunksIn(body: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf("\r\n", at);
    if (end < 0) break;
    const from = end + 2;
    const to = from + Number.parseInt(body.toString("latin1", at, end), 16);
    if (body.length < to + 2) break;
    chunks.push(body.subarray(from, to));
    at = to + 2;
  }
  return chunks;
}

function framesIn(body: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 2 <= body.length; ) {
    const [first = 0, short = 0] = body.subarray(at, at + 2);
    const size = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (body.length < at + 2 + size) break;
    const length = size === 0 ? short : body.readUIntBE(at + 2 + Math.max(0, size - 6), Math.min(size, 6));
    const from = at + 2 + size;
    if (body.length < from + length) break;
    const payload = body.subarray(from, from + length);
    frames.push({ opcode: first & 15, final: first >= 128, rsv: first & 0x70, payload });
    at = from + length;
  }
  return frames;
}
