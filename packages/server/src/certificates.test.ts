import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { connect, createServer } from "node:tls";
import selfsigned from "selfsigned";
import { CertificateError, openCertificates } from "./certificates.ts";
import type { Log } from "./core/log.ts";

const watch = { settleMs: 10, pollMs: 50 };
const day = 24 * 60 * 60 * 1000;

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "sluice-certificates-"));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

function testLog() {
  const lines: { level: string; text: string; reason?: string }[] = [];
  const line = (level: string) => (fields: object, text: string) => void lines.push({ level, text, ...fields });
  const log: Log = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  return { log, lines };
}

async function until(condition: () => boolean | Promise<boolean>, expected: string): Promise<void> {
  for (const end = performance.now() + 30_000; !(await condition()); ) {
    if (performance.now() > end) throw new Error(`waited in vain until ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function writePair(
  directory: string,
  name: string,
  validMs = 90 * day,
): Promise<{ certificate: string; key: string; cert: string }> {
  const made = await selfsigned.generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - 100 * day),
    notAfterDate: new Date(Date.now() + validMs),
  });
  await mkdir(directory, { recursive: true });
  const files = { certificate: join(directory, "certificate.pem"), key: join(directory, "key.pem") };
  await writeFile(files.certificate, made.cert);
  await writeFile(files.key, made.private);
  return { ...files, cert: made.cert };
}

async function shownAt(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const subject = socket.getPeerX509Certificate()?.subject;
  socket.destroy();
  return subject;
}

test("without files a self-signed certificate is made once and used again", async (t) => {
  const directory = join(await folder(t), ".sluice");
  const { log, lines } = testLog();
  const settings = { certificate: "", key: "", directory };
  const first = await openCertificates(settings, log);
  const second = await openCertificates(settings, log);
  t.after(() => [first, second].forEach((each) => void each.close()));
  assert.equal(first.options().minVersion, "TLSv1.2");
  assert.equal(second.options().cert, first.options().cert);
  assert.deepEqual(lines, []);

  const leaf = new X509Certificate(String(first.options().cert));
  assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
  for (const name of ["localhost", hostname()]) assert.ok(leaf.checkHost(name), name);
  for (const address of ["127.0.0.1", "::1"]) assert.ok(leaf.checkIP(address), address);
  const days = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / day;
  assert.ok(days > 390 && days <= 397, `${days} days`);
  assert.equal(leaf.ca, false);
  assert.equal((await stat(join(directory, "key.pem"))).mode & 0o777, 0o600);
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
});

test("a self-signed certificate that ends within 30 days is made anew, one that does not is kept", async (t) => {
  const directory = await folder(t);
  const { log } = testLog();
  const soon = await writePair(directory, "soon", 29 * day);
  const renewed = await openCertificates({ certificate: "", key: "", directory }, log);
  assert.notEqual(renewed.options().cert, soon.cert);
  renewed.close();
  const later = await writePair(directory, "later", 31 * day);
  const kept = await openCertificates({ certificate: "", key: "", directory }, log);
  assert.equal(kept.options().cert, later.cert);
  kept.close();
});

test("a self-signed pair that is broken is made anew, with a warning", async (t) => {
  const directory = await folder(t);
  const { log, lines } = testLog();
  const { key } = await writePair(directory, "broken");
  await writeFile(key, "no key");
  const certificates = await openCertificates({ certificate: "", key: "", directory }, log);
  certificates.close();
  assert.deepEqual(
    lines.map((line) => line.level),
    ["warn"],
  );
  assert.match(await readFile(key, "utf8"), /BEGIN PRIVATE KEY/);
});

test("where nothing can be written the server still has a certificate", async (t) => {
  const path = await folder(t);
  await writeFile(join(path, "file"), "");
  const { log, lines } = testLog();
  const certificates = await openCertificates(
    { certificate: "", key: "", directory: join(path, "file", ".sluice") },
    log,
  );
  certificates.close();
  assert.match(String(certificates.options().cert), /BEGIN CERTIFICATE/);
  assert.match(lines.at(-1)?.text ?? "", /cannot be kept/);
});

test("files that change are shown to the next client; a broken pair keeps the old one and says what to do", async (t) => {
  const path = await folder(t);
  const { log, lines } = testLog();
  const files = await writePair(path, "first");
  const certificates = await openCertificates({ ...files, directory: join(path, ".sluice"), watch }, log);
  const server = createServer(certificates.options(), (socket) => socket.on("error", () => {}).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const leave = certificates.onChange((options) => server.setSecureContext(options));
  t.after(() => {
    certificates.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  assert.equal(await shownAt(port), "CN=first");

  await writePair(path, "second");
  await until(async () => (await shownAt(port)) === "CN=second", "the second certificate is shown");

  const other = await writePair(join(path, "other"), "other");
  await cp(other.key, files.key);
  await until(() => lines.at(-1)?.level === "error", "the broken pair is logged");
  assert.match(lines.at(-1)?.reason ?? "", /key\.pem is not the key of the certificate in .*replace both together/);
  assert.equal(await shownAt(port), "CN=second");

  await writePair(path, "third");
  await until(async () => (await shownAt(port)) === "CN=third", "the third certificate is shown");
  leave();
  await writePair(path, "fourth");
  await until(
    () => new X509Certificate(String(certificates.options().cert)).subject === "CN=fourth",
    "the fourth certificate is read",
  );
  assert.equal(await shownAt(port), "CN=third");
});

test("an expired certificate is used, with a warning", async (t) => {
  const path = await folder(t);
  const { log, lines } = testLog();
  const files = await writePair(path, "old", -day);
  (await openCertificates({ ...files, directory: join(path, ".sluice") }, log)).close();
  assert.match(lines.at(-1)?.text ?? "", /has expired/);
});

type Files = { certificate: string; key: string };
const refused: {
  name: string;
  settings: (path: string) => Promise<Files & { certificates?: Files[] }>;
  says: RegExp;
}[] = [
  {
    name: "a certificate without a key",
    settings: async () => ({ certificate: "a.pem", key: "" }),
    says: /tls\.key is not/,
  },
  {
    name: "a key without a certificate",
    settings: async () => ({ certificate: "", key: "a.pem" }),
    says: /tls\.certificate is not/,
  },
  {
    name: "a further pair without a key",
    settings: async () => ({ certificate: "", key: "", certificates: [{ certificate: "a.pem", key: "" }] }),
    says: /tls\.certificates\.0\.certificate is set but tls\.certificates\.0\.key is not/,
  },
  {
    name: "a further pair without any file",
    settings: async () => ({ certificate: "", key: "", certificates: [{ certificate: "", key: "" }] }),
    says: /tls\.certificates\.0 names no files/,
  },
  {
    name: "a further pair that is not there",
    settings: async (path) => ({
      ...(await writePair(path, "one")),
      certificates: [{ certificate: "b.pem", key: "b.pem" }],
    }),
    says: /b\.pem \(tls\.certificates\.0\.(certificate|key)\) cannot be read: ENOENT/,
  },
  {
    name: "a file that is not there",
    settings: async () => ({ certificate: "a.pem", key: "b.pem" }),
    says: /(a|b)\.pem \(tls\.(certificate|key)\) cannot be read: ENOENT/,
  },
  {
    name: "a certificate file that holds something else",
    settings: async (path) => {
      const files = await writePair(path, "one");
      await writeFile(files.certificate, "hello");
      return files;
    },
    says: /certificate\.pem holds no certificate/,
  },
  {
    name: "a key file that holds something else",
    settings: async (path) => {
      const files = await writePair(path, "one");
      await writeFile(files.key, "hello");
      return files;
    },
    says: /key\.pem holds no private key/,
  },
  {
    name: "a file that is too large",
    settings: async (path) => {
      const files = await writePair(path, "one");
      await writeFile(files.key, Buffer.alloc(1024 * 1024 + 1));
      return files;
    },
    says: /larger than 1 MiB/,
  },
];
for (const { name, settings, says } of refused) {
  test(`${name} is refused at the start`, async (t) => {
    const path = await folder(t);
    const opening = openCertificates({ ...(await settings(path)), directory: join(path, ".sluice") }, testLog().log);
    await assert.rejects(
      opening,
      (error) => error instanceof CertificateError && says.test(error.message) && error.code === "tls/certificate",
    );
  });
}
