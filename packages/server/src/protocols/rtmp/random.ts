import { randomFillSync } from "node:crypto";

/** A handshake takes 1.5 KB or 3: the system is asked once for forty of them, since asking is what takes the time. */
const poolBytes = 64 * 1024;
let pool: Buffer = Buffer.alloc(0);

/** Random bytes, each given out once. */
export function random(length: number): Uint8Array {
  if (pool.length < length) pool = randomFillSync(Buffer.allocUnsafeSlow(Math.max(poolBytes, length)));
  const bytes = pool.subarray(0, length);
  pool = pool.subarray(length);
  return bytes;
}
