import assert from "node:assert/strict";
import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { connect } from "node:tls";
import { testCertificate } from "../packages/server/testing/certificate.ts";
import { startForwarding, startPebble } from "./pebble.ts";
import { missing, peer, until, words } from "./peers.ts";
import { type RealServer, startServer } from "./server.ts";

const dayMs = 24 * 60 * 60 * 1000;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "sluice-tls-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Where HTTPS and RTMPS listen. */
function tlsPorts(server: RealServer): number[] {
  const ports = server.log().find(({ message }) => message === "listening")?.ports as Record<string, number>;
  return [ports["http.securePort"] ?? 0, ports["rtmp.securePort"] ?? 0];
}

/** What a client that trusts `ca` alone sees who asks for a name. */
async function seen(port: number, servername: string, ca?: string) {
  const socket = connect({ port, host: "127.0.0.1", servername, rejectUnauthorized: false, ...(ca ? { ca } : {}) });
  await once(socket, "secureConnect");
  const found = { trusted: socket.authorized, leaf: socket.getPeerX509Certificate() as X509Certificate };
  socket.destroy();
  return found;
}

function acme(directory: string, ...domains: readonly string[]): string {
  return `auth: open\ntls: { acme: { domains: [${domains}], email: admin@example.com, directory: "${directory}", agreeToTerms: true } }\n`;
}

test("an authority gives a certificate for each domain, and one that ends soon is renewed while the server runs", {
  skip: missing("pebble", "pebble-challtestsrv"),
}, async (t) => {
  let server: RealServer | undefined;
  const port80 = await startForwarding(t, () => server && Number(new URL(server.http).port));
  const authority = await startPebble(t, folder(t), port80);
  const old = await testCertificate("old.example.com", { validMs: dayMs, agoMs: 80 * dayMs });
  const kept = new URL(authority.directory);
  const place = join(".sluice", "acme", `127.0.0.1-${kept.port}-dir`);
  server = await startServer(
    t,
    acme(authority.directory, "live.example.com", "old.example.com"),
    { NODE_EXTRA_CA_CERTS: authority.trust },
    (path) => {
      mkdirSync(join(path, place), { recursive: true });
      writeFileSync(join(path, place, "old.example.com.pem"), old.cert + old.key);
    },
  );
  const { log, folder: own, http } = server;
  const ports = tlsPorts(server);
  const ca = await authority.root();
  for (const port of ports) {
    for (const name of ["live.example.com", "old.example.com"]) {
      await until(async () => (await seen(port, name, ca)).trusted, `${name} has its certificate`);
      assert.ok((await seen(port, name, ca)).leaf.checkHost(name));
    }
  }
  const obtained = log().filter(({ message }) => message === "a TLS certificate was obtained");
  assert.deepEqual(obtained.map(({ domain }) => domain).sort(), ["live.example.com", "old.example.com"]);
  assert.equal(log().filter(({ level }) => level === "error").length, 0);
  const files = readdirSync(join(own, place));
  assert.deepEqual(files.sort(), ["account.pem", "live.example.com.pem", "old.example.com.pem"]);
  for (const file of files) assert.equal(statSync(join(own, place, file)).mode & 0o777, 0o600, file);
  assert.equal((await fetch(`${http}/.well-known/acme-challenge/anything`)).status, 404);
  assert.equal(await server.stop(), 0);
});

test("a domain that the authority does not reach is reported in its words, and the server runs meanwhile", {
  skip: missing("pebble", "pebble-challtestsrv"),
}, async (t) => {
  const port80 = await startForwarding(t, () => undefined);
  const authority = await startPebble(t, folder(t), port80);
  const server = await startServer(t, acme(authority.directory, "live.example.com"), {
    NODE_EXTRA_CA_CERTS: authority.trust,
  });
  for (const port of tlsPorts(server))
    assert.equal((await seen(port, "live.example.com")).leaf.subject, "CN=localhost");
  const failure = () => server.log().find(({ level }) => level === "error");
  await until(() => failure() !== undefined, "the failure is reported");
  const { message, domain, reason, hint, again } = failure() ?? {};
  assert.deepEqual([message, domain], ["a TLS certificate could not be obtained", "live.example.com"]);
  assert.match(String(reason), /acme-challenge/);
  assert.match(String(hint), /port 80/);
  assert.ok(Date.parse(String(again)) > Date.now());
  assert.equal(await server.stop(), 0);
});

test("an authority that does not answer keeps nobody waiting", async (t) => {
  const closed = await startForwarding(t, () => undefined);
  const server = await startServer(t, acme(`https://127.0.0.1:${closed}/dir`, "live.example.com"));
  for (const port of tlsPorts(server))
    assert.equal((await seen(port, "live.example.com")).leaf.subject, "CN=localhost");
  const failure = () => server.log().find(({ level }) => level === "error");
  await until(() => failure() !== undefined, "the failure is reported");
  assert.match(String(failure()?.reason), /^https:\/\/127\.0\.0\.1:\d+\/dir does not answer: \S/);
  assert.equal(await server.stop(), 0);
});

test("OpenSSL's own client is refused TLS 1.0 and 1.1, and gets the certificate of the name that it asks for", {
  skip: missing("openssl"),
}, async (t) => {
  const [one, other] = await Promise.all([testCertificate("one.example.com"), testCertificate("other.example.com")]);
  const files = {
    "one.pem": one.cert,
    "one-key.pem": one.key,
    "other.pem": other.cert,
    "other-key.pem": other.key,
  };
  const config =
    "auth: open\ntls: { certificate: one.pem, key: one-key.pem, certificates: [{ certificate: other.pem, key: other-key.pem }] }\n";
  const server = await startServer(t, config, {}, (path) => {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  });
  const client = (port: number, line: string) =>
    peer("openssl", words(`s_client -connect 127.0.0.1:${port} ${line}`)).done;
  for (const port of tlsPorts(server)) {
    for (const old of ["-tls1", "-tls1_1"]) {
      const { out, err } = await client(port, `${old} -cipher DEFAULT@SECLEVEL=0`);
      assert.match(out, /Cipher is \(NONE\)/);
      assert.match(err, /alert protocol version/);
    }
    for (const version of ["-tls1_2", "-tls1_3"]) {
      for (const name of ["one.example.com", "other.example.com"]) {
        const socket = peer("openssl", words(`s_client -connect 127.0.0.1:${port} ${version} -servername ${name}`));
        const { out } = await socket.done;
        assert.match(out, new RegExp(`subject=CN ?= ?${name}`), `${name} at ${port} with ${version}`);
      }
    }
  }
});
