import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { testCertificate } from "../../testing/certificate.ts";
import { rawSocket, testHost } from "../../testing/host.ts";
import { rtmpTestSettings } from "../../testing/settings.ts";
import { openCertificates } from "../certificates.ts";
import { HttpServer } from "../http/server.ts";
import { listenRtmp } from "../protocols/rtmp/listen.ts";

const watch = { settleMs: 10, pollMs: 50 };
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 5_000,
};
const alpn = ["h2", "http/1.1"];

/** A pair of files; `names` are DNS names, or an IP address. */
async function write(folder: string, file: string, common: string, ...names: readonly string[]) {
  const made = await testCertificate(common, { names });
  const files = { certificate: join(folder, `${file}.pem`), key: join(folder, `${file}-key.pem`) };
  await writeFile(files.certificate, made.cert);
  await writeFile(files.key, made.key);
  return files;
}

/** HTTPS and RTMPS with four certificates. */
async function listeners(t: TestContext, { handshakeMs = 10_000 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-listeners-"));
  const first = await write(folder, "first", "first", "first.example", "other.example");
  const certificates = [
    await write(folder, "wildcard", "wildcard", "*.example.com", "*.example"),
    await write(folder, "exact", "exact", "live.example.com"),
    await write(folder, "address", "address", "address.example", "127.0.0.1"),
  ];
  const host = await testHost();
  const shown = await openCertificates({ ...first, certificates, directory: join(folder, ".sluice"), watch }, host.log);
  const settings = { host: "127.0.0.1", port: 0, securePort: 0, origins: [] };
  const http = new HttpServer(() => settings, host.admission, host.log, { ...timeouts, headersTimeout: handshakeMs });
  const rtmp = await listenRtmp({ ...host, certificates: shown }, () => {
    return { ...rtmpTestSettings, enabled: false, secureEnabled: true, handshakeTimeout: `${handshakeMs}ms` };
  });
  const ports = {
    https: (await http.listen(shown))["http.securePort"] ?? 0,
    rtmps: rtmp.ports?.["rtmp.securePort"] ?? 0,
  };
  t.after(async () => {
    shown.close();
    await Promise.all([http.close(), rtmp.close(), host.close()]);
    await rm(folder, { recursive: true });
  });
  return { ports, folder, lines: host.lines };
}

async function until(condition: () => boolean, expected: string): Promise<void> {
  for (const end = performance.now() + 30_000; !condition(); ) {
    if (performance.now() > end) throw new Error(`waited in vain until ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function handshake(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

async function shownAt(port: number, servername?: string): Promise<string | undefined> {
  const socket = await handshake(port, servername === undefined ? {} : { servername });
  const subject = socket.getPeerX509Certificate()?.subject;
  socket.destroy();
  return subject;
}

test("RTMPS and HTTPS show each name its own certificate", async (t) => {
  const { ports } = await listeners(t);
  const expected: readonly [string | undefined, string][] = [
    ["first.example", "CN=first"],
    ["other.example", "CN=first"],
    ["live.example.com", "CN=exact"],
    ["LIVE.example.com", "CN=exact"],
    ["any.example.com", "CN=wildcard"],
    ["address.example", "CN=address"],
    ["deep.any.example.com", "CN=first"],
    ["unknown.test", "CN=first"],
    [undefined, "CN=address"],
  ];
  for (const [listener, port] of Object.entries(ports))
    for (const [name, subject] of expected) assert.equal(await shownAt(port, name), subject, `${name} at ${listener}`);
});

test("whichever certificate is shown, HTTPS speaks HTTP/2 with who can, and sessions are resumed", async (t) => {
  const { ports } = await listeners(t);
  for (const servername of ["first.example", "live.example.com", "any.example.com"]) {
    const tickets: Buffer[] = [];
    const socket = await handshake(ports.https, { servername, ALPNProtocols: alpn });
    socket.on("session", (ticket) => tickets.push(ticket));
    assert.equal(socket.alpnProtocol, "h2", servername);
    await until(() => tickets.length > 0, "there is a ticket");
    socket.destroy();
    const again = await handshake(ports.https, { servername, ALPNProtocols: alpn, session: tickets[0] });
    assert.deepEqual([again.isSessionReused(), again.alpnProtocol], [true, "h2"], servername);
    again.destroy();
    const old = await handshake(ports.https, { servername, ALPNProtocols: ["http/1.1"] });
    assert.equal(old.alpnProtocol, "http/1.1", servername);
    old.destroy();
  }
});

test("TLS 1.2 and 1.3 are spoken; 1.0, 1.1 and ciphers without forward secrecy or authentication are refused", async (t) => {
  const { ports } = await listeners(t);
  const ciphers = "ALL:@SECLEVEL=0";
  const refused: readonly [string, ConnectionOptions, RegExp][] = [
    ["1.0", { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers }, /PROTOCOL_VERSION/],
    ["1.1", { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers }, /PROTOCOL_VERSION/],
    [
      "CBC",
      { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384" },
      /HANDSHAKE_FAILURE/,
    ],
    ["RSA alone", { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }, /HANDSHAKE_FAILURE/],
  ];
  for (const [listener, port] of Object.entries(ports)) {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const socket = await handshake(port, { minVersion: maxVersion, maxVersion, servername: "live.example.com" });
      assert.equal(socket.getProtocol(), maxVersion, listener);
      socket.destroy();
    }
    for (const [what, options, code] of refused)
      await assert.rejects(handshake(port, options), { code }, `${what} at ${listener}`);
  }
});

test("a pair that is replaced is shown from then on; one that is broken changes nothing, whatever becomes of the others", async (t) => {
  const { ports, folder, lines } = await listeners(t);
  await writeFile(join(folder, "exact-key.pem"), "no key");
  await until(() => lines.some(({ level }) => level === "error"), "the broken pair is logged");
  assert.match(String(lines.find(({ level }) => level === "error")?.reason), /exact-key\.pem holds no private key/);
  await write(folder, "wildcard", "new wildcard", "*.example.com", "new.example");
  await until(() => lines.some(({ text }) => text === "the TLS certificate has changed"), "the other is read");
  for (const port of Object.values(ports)) {
    assert.equal(await shownAt(port, "live.example.com"), "CN=exact");
    assert.equal(await shownAt(port, "any.example.com"), "CN=new wildcard");
    assert.equal(await shownAt(port, "new.example"), "CN=new wildcard");
  }
  await write(folder, "exact", "new exact", "live.example.com");
  await write(folder, "address", "new address", "127.0.0.1");
  const changes = () => lines.filter(({ text }) => text === "the TLS certificate has changed").length;
  await until(() => changes() === 3, "both are read");
  for (const port of Object.values(ports)) {
    assert.equal(await shownAt(port, "live.example.com"), "CN=new exact");
    assert.equal(await shownAt(port), "CN=new address");
  }
});

test("who connects and says nothing is let go", async (t) => {
  const { ports } = await listeners(t, { handshakeMs: 100 });
  for (const [listener, port] of Object.entries(ports)) {
    const silent = await rawSocket(port);
    await until(() => silent.closed, `${listener} has closed the connection`);
  }
});
