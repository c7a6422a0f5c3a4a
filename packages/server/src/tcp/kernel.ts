import { readFileSync } from "node:fs";
import { type TcpInfo, tcpInfo, tcpInfoBytes } from "./tcp-info.ts";

/** What we ask of the kernel, by file descriptor. All answer an error with a no. Some are missing where the kernel's answers have another form. */
export type Kernel = {
  limitNotSent(fd: number, bytes: number): boolean;
  /** How much it holds, sent or not; what that weighs in its memory is another thing. What is more than anybody may ask for it decides itself again. */
  readonly limitHeld?: (fd: number, bytes: number) => boolean;
  readonly info?: (fd: number) => TcpInfo | undefined;
};

const protocol = 6; // IPPROTO_TCP
/** `TCP_NOTSENT_LOWAT`, by platform; other platforms have none. */
const notSentLowWater: Readonly<Record<string, number>> = { linux: 25, darwin: 0x201 };
/** `SOL_SOCKET`, `SO_SNDBUF` and `SO_BUF_LOCK` of Linux. */
const [socketLevel, sendBuffer, bufferLock] = [1, 7, 72];
/** What a process without rights may ask for, and what that is on most machines. */
const [mostHeldFile, mostHeldMostly] = ["/proc/sys/net/core/wmem_max", 212_992];
/** `TCP_INFO` of Linux; what macOS tells under another name is another structure. */
const info = 11;

/** The system calls that Node does not have, by way of koffi. `mostHeld`: as much may be asked for. Rejects where there is nothing to ask, or koffi has no binary. */
export async function openKernel(mostHeld = mostHeldNow()): Promise<Kernel> {
  const lowWater = notSentLowWater[process.platform];
  if (lowWater === undefined) throw new Error(`${process.platform} has no such setting`);
  const { default: koffi } = await import("koffi");
  const libc = koffi.load(null); // Node has it loaded
  const setsockopt = libc.func("int setsockopt(int fd, int level, int option, const void *value, uint32_t length)");
  const getsockopt = libc.func("int getsockopt(int fd, int level, int option, void *value, void *length)");
  const value = new Int32Array(1);
  const set = (fd: number, level: number, option: number, to: number) => {
    value[0] = to;
    return setsockopt(fd, level, option, value, value.byteLength) === 0;
  };
  const answer = new Uint8Array(tcpInfoBytes);
  const length = new Uint32Array(1);
  return {
    limitNotSent: (fd, bytes) => set(fd, protocol, lowWater, bytes),
    ...(process.platform === "linux" && {
      limitHeld: (fd: number, bytes: number) => {
        const isSet = set(fd, socketLevel, sendBuffer, Math.min(bytes, mostHeld));
        // What was asked for stays so however fast the path is; less than what it needs would starve it.
        if (bytes > mostHeld) set(fd, socketLevel, bufferLock, 0);
        return isSet;
      },
      info: (fd: number) => {
        length[0] = answer.byteLength;
        return getsockopt(fd, protocol, info, answer, length) === 0 ? tcpInfo(answer, length[0] ?? 0) : undefined;
      },
    }),
  };
}

function mostHeldNow(): number {
  try {
    return Number(readFileSync(mostHeldFile, "latin1")) || mostHeldMostly;
  } catch {
    return mostHeldMostly;
  }
}
