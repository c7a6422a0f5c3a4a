import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import test from "node:test";
import { peer, until } from "./peers.ts";
import { noSlowNetwork, slowNetwork } from "./slow-network.ts";

const skip = noSlowNetwork();
const reader = `
  let bytes = 0;
  const [address, port] = process.argv.slice(1);
  const socket = require("node:net").connect(port, address);
  socket.on("data", ({ length }) => { bytes += length; }).on("end", () => console.log(bytes));
`;

test("through a slow network comes what was sent, no faster than it may, and at another rate when that is set", {
  skip,
}, async (t) => {
  const network = slowNetwork(t, 400_000);
  const server = createServer((socket) => void socket.end(Buffer.alloc(1_000_000)));
  t.after(() => void server.close());
  await once(server.listen(0, "0.0.0.0"), "listening");
  const { port } = server.address() as AddressInfo;
  const { child, text, done } = peer(network.inside(process.execPath), ["-e", reader, network.address, `${port}`]);
  t.after(() => child.kill("SIGKILL"));
  await once(server, "connection");
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  assert.equal(text.out, "", "a megabyte at 400 kbit/s takes 20 s");
  network.setRate(100_000_000);
  await until(() => text.out !== "", "all has come");
  assert.equal(Number(text.out), 1_000_000);
  assert.equal((await done).code, 0);
});
