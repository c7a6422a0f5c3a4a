import { connect, type Socket } from "node:net";

const requests = { flv: "GET /live/bench.flv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" };

/** Opens viewers over HTTP-FLV that ask for the stream and then read nothing. Returns the function that closes them. */
export async function stalledViewers(port: number, count: number): Promise<() => void> {
  const sockets: Socket[] = [];
  for (let opened = 0; opened < count; opened++) {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => {});
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    socket.pause();
    socket.write(requests.flv);
    sockets.push(socket);
  }
  return () => sockets.forEach((socket) => void socket.destroy());
}
