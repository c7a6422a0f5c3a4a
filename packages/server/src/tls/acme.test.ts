import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { testCertificate } from "../../testing/certificate.ts";
import type { Log } from "../core/log.ts";
import { AcmeCertificates, type AcmeOptions, renewAt, retryDelay } from "./acme.ts";
import { AcmeStore } from "./acme-store.ts";
import { makePair } from "./pair.ts";

const dayMs = 24 * 60 * 60 * 1000;
const timing = { firstRetryMs: 10, longestRetryMs: 40, leastIntervalMs: 10 };

function made(name: string, validMs: number, agoMs = 0) {
  return testCertificate(name, { validMs, agoMs });
}

async function store(t: TestContext, authority = "https://ca.example:14000/dir/v2"): Promise<[AcmeStore, string]> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-acme-"));
  t.after(() => rm(folder, { recursive: true, maxRetries: 20 })); // what is being written may still arrive
  return [new AcmeStore(folder, authority), folder];
}

async function keeper(t: TestContext, options: Pick<AcmeOptions, "domains" | "order"> & Partial<AcmeOptions>) {
  const lines: (Record<string, unknown> & { level: string; text: string })[] = [];
  const line = (level: string) => (fields: object, text: string) => void lines.push({ ...fields, level, text });
  const log: Log = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  let close = () => {};
  t.after(() => close()); // before its folder goes
  const [kept] = await store(t);
  const acme = new AcmeCertificates({ store: kept, hint: "look there", timing, ...options }, log);
  await acme.read();
  const changes: string[][] = [];
  const start = () => acme.start(() => changes.push(acme.pairs().map(({ leaf }) => leaf.subject)));
  close = () => acme.close();
  return { acme, start, lines, changes };
}

async function until(condition: () => boolean, expected: string): Promise<void> {
  for (const end = performance.now() + 30_000; !condition(); ) {
    if (performance.now() > end) throw new Error(`waited in vain until ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a certificate is renewed 30 days before its end, or when a third of its time is left", () => {
  const left = (days: number) => {
    const from = Date.UTC(2026, 0, 1);
    const validTo = new Date(from + days * dayMs);
    return (
      (validTo.getTime() - renewAt({ validFrom: new Date(from).toUTCString(), validTo: validTo.toUTCString() })) / dayMs
    );
  };
  assert.deepEqual([396, 90, 45, 6].map(left), [30, 30, 15, 2]);
});

test("each failure doubles the time to the next attempt, up to a limit, a quarter more or less", () => {
  const limits = { firstRetryMs: 100, longestRetryMs: 1_000, leastIntervalMs: 0 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 2_000].map((failures) => retryDelay(failures, limits, 0.5)),
    [100, 200, 400, 800, 1_000, 1_000],
  );
  assert.deepEqual(
    [0, 1].map((random) => retryDelay(1, limits, random)),
    [75, 125],
  );
});

test("every domain gets its certificate, and a failure of one keeps none of the others waiting", async (t) => {
  let attempts = 0;
  const { acme, start, lines, changes } = await keeper(t, {
    domains: ["bad.example", "a.example", "b.example"],
    order: async (domain) => {
      if (domain === "bad.example" && ++attempts < 4) throw new Error("no such name");
      return made(domain, 90 * dayMs);
    },
  });
  assert.deepEqual(acme.pairs(), []);
  start();
  start(); // twice is once
  await until(() => changes.length === 3, "all are there");
  assert.deepEqual(
    acme.pairs().map(({ leaf }) => leaf.subject),
    ["CN=bad.example", "CN=a.example", "CN=b.example"],
  );
  const failed = lines.filter(({ level }) => level === "error");
  assert.equal(failed.length, 3);
  assert.deepEqual(
    { ...failed[0], again: "" },
    {
      level: "error",
      text: "a TLS certificate could not be obtained",
      domain: "bad.example",
      reason: "no such name",
      hint: "look there",
      again: "",
    },
  );
  assert.equal(lines.filter(({ text }) => text === "a TLS certificate was obtained").length, 3);
});

test("a certificate that is good for a short time is renewed again and again", async (t) => {
  const { start, changes, acme } = await keeper(t, { domains: ["a.example"], order: (domain) => made(domain, 1_500) });
  start();
  await until(() => changes.length >= 1, "the first is there");
  const serial = acme.pairs()[0]?.leaf.serialNumber;
  const before = changes.length;
  await until(() => changes.length >= before + 2, "it was renewed");
  assert.notEqual(acme.pairs()[0]?.leaf.serialNumber, serial);
});

test("what is kept is used at once, and ordered anew only when it is due", async (t) => {
  const [kept] = await store(t);
  await kept.write("fresh.example", await made("fresh.example", 60 * dayMs, 30 * dayMs));
  await kept.write("due.example", await made("due.example", 29 * dayMs, 61 * dayMs));
  const ordered: string[] = [];
  const { acme, start, changes, lines } = await keeper(t, {
    domains: ["fresh.example", "due.example"],
    store: kept,
    order: (domain) => {
      ordered.push(domain);
      return ordered.length === 1 ? Promise.reject(new Error("busy")) : made(domain, 90 * dayMs);
    },
  });
  assert.equal(acme.pairs().length, 2);
  start();
  await until(() => changes.length === 1, "the one is renewed");
  assert.deepEqual(ordered, ["due.example", "due.example"]);
  assert.equal(lines.find(({ level }) => level === "error")?.text, "the TLS certificate could not be renewed");
});

test("who stops does not wait for the authority", async (t) => {
  let signal: AbortSignal | undefined;
  const { acme, start, lines } = await keeper(t, {
    domains: ["a.example"],
    order: (_, given) => {
      signal = given;
      return new Promise(() => {});
    },
  });
  start();
  await until(() => signal !== undefined, "it is being ordered");
  acme.close();
  assert.equal(signal?.aborted, true);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    lines.map(({ level }) => level),
    ["info"],
  );
});

test("keys and certificates are kept for their owner's eyes, apart for each authority", async (t) => {
  const [kept, folder] = await store(t);
  const pair = await made("a.example", 90 * dayMs);
  assert.equal(await kept.accountKey(async () => pair.key), pair.key);
  assert.equal(await kept.accountKey(() => Promise.reject(new Error("made twice"))), pair.key);
  await kept.write("a.example", pair);
  const own = join(folder, "ca.example-14000-dir-v2");
  assert.equal((await stat(own)).mode & 0o777, 0o700);
  for (const file of ["account.pem", "a.example.pem"])
    assert.equal((await stat(join(own, file))).mode & 0o777, 0o600, file);
  const read = await kept.read("a.example");
  assert.deepEqual([read?.cert.trim(), read?.key.trim()], [pair.cert.trim(), pair.key.trim()]);
  assert.equal(await new AcmeStore(folder, "https://other.example/dir").read("a.example"), undefined);
  assert.equal(await kept.read("b.example"), undefined);
});

test("a kept file that is broken is replaced, with a warning", async (t) => {
  const [kept, folder] = await store(t);
  await kept.accountKey(async () => "key");
  const file = join(folder, "ca.example-14000-dir-v2", "a.example.pem");
  await writeFile(file, "half a certificate");
  const { start, changes, lines } = await keeper(t, {
    domains: ["a.example"],
    store: kept,
    order: (domain) => made(domain, 90 * dayMs),
  });
  assert.match(lines[0]?.text ?? "", /cannot be used; a new one is ordered/);
  start();
  await until(() => changes.length === 1, "there is a new one");
  assert.match(await readFile(file, "utf8"), /BEGIN CERTIFICATE[\s\S]+BEGIN PRIVATE KEY/);
});

test("an answer that does not fit our key is no certificate", async () => {
  const [one, other] = await Promise.all([made("a.example", dayMs), made("a.example", dayMs)]);
  assert.throws(() => makePair({ cert: one.cert, key: other.key }, { certificate: "the answer", key: "our key" }), {
    code: "tls/certificate",
  });
});
