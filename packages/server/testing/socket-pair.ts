import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Both ends of a connection: the one that writes, as a server has it, and the one that reads, when it is told to. */
export async function socketPair(): Promise<{ readonly socket: Socket; readonly peer: Socket }> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const accepted = once(server, "connection");
  const peer = connect((server.address() as AddressInfo).port, "127.0.0.1").pause();
  const [socket] = (await accepted) as [Socket];
  server.close();
  return { socket, peer };
}
