import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import test from "node:test";
import { connect as connectTls } from "node:tls";
import { until } from "../../testing/host.ts";
import { c0c1 } from "../../testing/peer.ts";
import { wholeServer } from "../../testing/whole-server.ts";
import { localProof } from "./local-proof.ts";

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

test("who is banned is sent away and gets in nowhere, until the ban is taken back; this machine cannot be banned", async (t) => {
  const server = await wholeServer(
    t,
    "streamKeys: [a-good-stream-key]",
    "rtmp: { host: 127.0.0.1, port: 0, securePort: 0 }",
  );
  const secret = await readFile(join(dirname(server.file), ".sluice", "secret"));
  const api = async (method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${server.http}/api/v1/${path}`, {
      method,
      headers: {
        authorization: localProof(secret, method, `/api/v1/${path}`),
        ...(body ? { "content-type": "application/json" } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, body: (await response.text()) || "{}" };
  };
  /** Whether somebody from 127.0.0.2 is answered at a port; they are closed otherwise. */
  const isIn = (key: string, port: number) => {
    const options = { port, host: "127.0.0.1", localAddress: "127.0.0.2" };
    const isSecure = key.endsWith("securePort");
    const socket = isSecure ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
    socket.on("error", () => {});
    socket.write(key.startsWith("http") ? "GET / HTTP/1.1\r\nHost: h\r\n\r\n" : c0c1);
    return Promise.race([once(socket, "data").then(() => true), once(socket, "close").then(() => false)])
      .catch(() => false)
      .finally(() => socket.destroy());
  };
  const ports = Object.entries(server.app.ports);
  assert.equal(ports.length, 4);
  for (const [key, port] of ports) assert.equal(await isIn(key, port), true, key);
  for (const address of ["127.0.0.1", "127.0.0.0/8", "::1", "0.0.0.0/0"])
    assert.equal((await api("POST", "bans", { address })).status, 409, address);
  const { id } = JSON.parse((await api("POST", "bans", { address: "127.0.0.2", reason: "test" })).body);
  for (const [key, port] of ports) assert.equal(await isIn(key, port), false, key);
  assert.equal((await api("DELETE", `bans/${id}`)).status, 204);
  for (const [key, port] of ports) assert.equal(await isIn(key, port), true, key);
});
