import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { testCertificate } from "../packages/server/testing/certificate.ts";
import { peer, until } from "./peers.ts";

/** An authority for certificates, of this machine's own: Pebble, as Let's Encrypt makes it for tests. It asks on the port that it is given. */
export type Authority = {
  readonly directory: string;
  /** File with what its own HTTPS is signed by. */
  readonly trust: string;
  /** The root of what it gives, in PEM. */
  root(): Promise<string>;
};

/** Every name leads to this machine. It refuses a twentieth of all nonces, as it is meant to, and asks at once. */
export async function startPebble(t: TestContext, folder: string, httpPort: number): Promise<Authority> {
  const [acme = 0, management = 0, dns = 0, names = 0] = await freePorts(4);
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const own = await testCertificate("pebble", { names: ["127.0.0.1"] });
  writeFileSync(file("cert.pem"), own.cert);
  writeFileSync(file("key.pem"), own.key);
  const settings = {
    listenAddress: `127.0.0.1:${acme}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: file("cert.pem"),
    privateKey: file("key.pem"),
    httpPort,
    tlsPort: httpPort,
  };
  writeFileSync(file("config.json"), JSON.stringify({ pebble: settings }));
  const none = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""];
  const resolver = peer("pebble-challtestsrv", [
    ...["-dns01", `127.0.0.1:${dns}`, "-management", `127.0.0.1:${names}`],
    ...["-defaultIPv4", "127.0.0.1", ...none],
  ]);
  const authority = peer("pebble", ["-config", file("config.json"), "-dnsserver", `127.0.0.1:${dns}`], {
    env: { PEBBLE_VA_NOSLEEP: "1" },
  });
  t.after(async () => {
    resolver.child.kill();
    authority.child.kill();
    await Promise.all([resolver.done, authority.done]);
  });
  const root = () => get(`https://127.0.0.1:${management}/roots/0`, own.cert);
  const isThere = () => root().then(Boolean, () => false);
  await until(() => isThere(), `Pebble answers: ${authority.text.err}`);
  return { directory: `https://127.0.0.1:${acme}/dir`, trust: file("cert.pem"), root };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listening(createServer())));
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function get(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { ca, agent: false }, (response) => {
      let text = "";
      response.on("data", (bytes) => {
        text += bytes;
      });
      response.on("end", () => resolve(text));
    });
    asking.on("error", reject).end();
  });
}

/** Port 80 as the world sees it, which a router forwards to wherever `to` says; closed as long as that is nowhere. */
export async function startForwarding(t: TestContext, to: () => number | undefined): Promise<number> {
  const server = await listening(
    createServer((socket) => {
      const port = to();
      socket.on("error", () => {});
      if (port === undefined) {
        socket.destroy();
        return;
      }
      const inner = connect({ port, host: "127.0.0.1" });
      inner.on("error", () => socket.destroy());
      socket.pipe(inner).pipe(socket);
    }),
  );
  t.after(() => server.close());
  return portOf(server);
}

function listening(server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", () => resolve(server));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
