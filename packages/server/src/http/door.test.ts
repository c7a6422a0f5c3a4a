import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import test from "node:test";
import { connect as connectTls } from "node:tls";
import { until } from "../../testing/host.ts";
import { wholeServer } from "../../testing/whole-server.ts";

const config = `
limits: { handshakesPerAddress: 3, trusted: [] }
`;

for (const key of ["http.securePort", "rtmp.securePort"]) {
  test(`connections that never finish their TLS handshake take places (${key}), and give them back`, async (t) => {
    const server = await wholeServer(t, config, "rtmp: { host: 127.0.0.1, port: 0, securePort: 0 }");
    const port = server.app.ports[key] ?? 0;
    const silent = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const socket = connect(port, "127.0.0.1");
        await once(socket, "connect");
        return socket;
      }),
    );
    const shaken = () => {
      const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
      const result = Promise.race([
        once(socket, "secureConnect").then(() => true),
        once(socket, "close").then(() => false),
      ]).catch(() => false);
      return result.finally(() => socket.destroy());
    };
    await until(() => server.lines.length > 0, "it runs");
    assert.equal(await shaken(), false);
    for (const socket of silent) socket.destroy();
    let isIn = false;
    for (const end = performance.now() + 20_000; !isIn && performance.now() < end; ) isIn = await shaken();
    assert.equal(isIn, true);
    assert.ok(server.lines.some((line) => line.includes("limits.handshakesPerAddress")));
  });
}
