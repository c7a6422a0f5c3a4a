import { endianness } from "node:os";

/** What Linux knows of a connection. A field that this kernel is too old for is undefined. */
export type TcpInfo = {
  /** Given to the kernel and not sent yet. */
  readonly notSentBytes: number | undefined;
  /** Sent and not known to have arrived. */
  readonly inFlightBytes: number | undefined;
  /** What has arrived, what came after a gap too. */
  readonly arrivedBytes: number | undefined;
  /** How long there was anything to send or to be acknowledged, since the connection began. */
  readonly busyUs: number | undefined;
  /** The shortest time from sending to acknowledgement of the last minutes. */
  readonly roundTripUs: number | undefined;
};

/** `struct tcp_info` of linux/tcp.h: it only ever grows at its end, and is in the machine's byte order. */
const at = {
  segmentBytes: 16,
  unackedSegments: 24,
  sackedSegments: 28,
  bytesAcked: 120,
  notSentBytes: 144,
  minRtt: 148,
  busyTime: 168,
  bytesSent: 200,
  bytesRetransmitted: 208,
} as const;
/** Before anything was measured. */
const unknown = 0xffffffff;
const isLittle = endianness() === "LE";

/** Long enough for all that is read. */
export const tcpInfoBytes = 256;

/** Takes apart what `getsockopt(TCP_INFO)` has written: the first `length` bytes. */
export function tcpInfo(bytes: Uint8Array, length: number): TcpInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.byteLength));
  const u32 = (offset: number) => (offset + 4 <= view.byteLength ? view.getUint32(offset, isLittle) : undefined);
  const u64 = (offset: number) => {
    const [low, high] = isLittle ? [u32(offset), u32(offset + 4)] : [u32(offset + 4), u32(offset)];
    return low === undefined || high === undefined ? undefined : high * 2 ** 32 + low;
  };
  const ackedBytes = u64(at.bytesAcked);
  const segmentBytes = u32(at.segmentBytes) ?? 0;
  const apartBytes = segmentBytes * (u32(at.sackedSegments) ?? 0);
  const roundTripUs = u32(at.minRtt);
  const unackedBytes = unacked(u64(at.bytesSent), u64(at.bytesRetransmitted), ackedBytes);
  const mostBytes = segmentBytes * (u32(at.unackedSegments) ?? 0);
  return {
    arrivedBytes: ackedBytes === undefined ? undefined : ackedBytes + apartBytes,
    notSentBytes: u32(at.notSentBytes),
    inFlightBytes: unackedBytes === undefined ? undefined : Math.max(0, Math.min(unackedBytes, mostBytes) - apartBytes),
    busyUs: u64(at.busyTime),
    roundTripUs: roundTripUs === unknown ? undefined : roundTripUs,
  };
}

/**
 * At most so much. What this machine itself had to drop, its own queue being full, is counted as sent each time and never as sent again: from then on the difference is too
 * large for ever, and only the number of segments is right.
 */
function unacked(sent: number | undefined, again: number | undefined, acked: number | undefined): number | undefined {
  if (sent === undefined || again === undefined || acked === undefined) return undefined;
  return Math.max(0, sent - again - acked); // who connected has its SYN acknowledged too, as one byte
}
