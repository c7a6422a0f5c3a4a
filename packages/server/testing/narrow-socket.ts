import { connect, type OnReadOpts, Socket } from "node:net";

type Connect = (port: number, onread: OnReadOpts) => Socket;

const packetBytes = 1_400;
/** With less, the kernel waits until timers end. */
const windowBytes = 4 * 1024;

/**
 * Connects to ports of this machine as over a path on which little is under way: with the packets of an Ethernet, and with a small window. Node can set neither; where
 * the system calls cannot be had, the connections are ordinary ones, on which up to 100 kB are under way.
 */
export async function narrowSockets(): Promise<Connect> {
  const koffi = process.platform === "linux" ? await import("koffi").catch(() => undefined) : undefined;
  if (!koffi) return (port, onread) => connect({ port, host: "127.0.0.1", noDelay: true, onread });
  const libc = koffi.default.load(null);
  const open = libc.func("int socket(int domain, int type, int protocol)");
  const setsockopt = libc.func("int setsockopt(int fd, int level, int option, const void *value, uint32_t length)");
  const connectTo = libc.func("int connect(int fd, const void *address, uint32_t length)");
  return (port, onread) => {
    const fd: number = open(2, 1 + 0o2000000, 0); // AF_INET, SOCK_STREAM | SOCK_CLOEXEC
    setsockopt(fd, 6, 2, new Int32Array([packetBytes]), 4); // TCP_MAXSEG
    setsockopt(fd, 1, 8, new Int32Array([windowBytes]), 4); // SO_RCVBUF
    connectTo(fd, addressOf(port), 16);
    return new Socket({ fd, readable: true, writable: true, onread }).setNoDelay(true);
  };
}

/** `struct sockaddr_in`: 127.0.0.1 and the port. */
function addressOf(port: number): Uint8Array {
  const address = Buffer.alloc(16);
  address[new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1] = 2;
  address.writeUInt16BE(port, 2);
  address.set([127, 0, 0, 1], 4);
  return address;
}
