/** How a live body's bytes travel: as they are (HTTP/1.0), as chunks of an HTTP/1.1 body (RFC 9112, 7.1), or as binary WebSocket frames (RFC 6455, 5.2). */
export type Framing = "plain" | "chunked" | "websocket";

const nothing = new Uint8Array();

/** One piece of a live body in its framing: `write` puts `size` bytes into `out` from `at` on. */
export function framed(framing: Framing, size: number, write: (out: Uint8Array, at: number) => void): Uint8Array {
  const before = framing === "plain" ? nothing : framing === "chunked" ? chunkHead(size) : frameHead(size);
  const after = framing === "chunked" ? 2 : 0;
  const out = Buffer.allocUnsafeSlow(before.length + size + after);
  out.set(before);
  write(out, before.length);
  if (after) out.write("\r\n", before.length + size, "latin1");
  return out;
}

function chunkHead(size: number): Uint8Array {
  return Buffer.from(`${size.toString(16)}\r\n`, "latin1");
}

/** A final binary frame, unmasked as a server's are. */
function frameHead(size: number): Uint8Array {
  if (size < 126) return Uint8Array.of(0x82, size);
  if (size < 65_536) return Uint8Array.of(0x82, 126, size >> 8, size & 255);
  const head = Buffer.alloc(10);
  head.writeUInt16BE(0x827f, 0);
  head.writeUInt32BE(Math.floor(size / 2 ** 32), 2);
  head.writeUInt32BE(size % 2 ** 32, 6);
  return head;
}
