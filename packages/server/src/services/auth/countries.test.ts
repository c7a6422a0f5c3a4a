import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { country, countryFile } from "../../../testing/country-file.ts";
import { until } from "../../../testing/host.ts";
import { countryAllowed, openCountries } from "./countries.ts";

const watch = { settleMs: 5, pollMs: 20 };

async function opened(t: TestContext, content: Uint8Array | undefined) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-countries-"));
  const file = join(folder, "countries.mmdb");
  if (content) await writeFile(file, content);
  const lines: string[] = [];
  const line = (_: object, text: string) => void lines.push(text);
  const countries = await openCountries(file, { debug: line, info: line, warn: line, error: line }, watch);
  t.after(async () => {
    countries.close();
    await rm(folder, { recursive: true });
  });
  const replace = async (bytes: Uint8Array) => {
    await writeFile(`${file}.new`, bytes);
    await rename(`${file}.new`, file);
  };
  return { countries, file, folder, lines, replace };
}

test("the country of an address is what the file says of its network", async (t) => {
  const { countries } = await opened(
    t,
    countryFile({
      "192.0.2.0/24": country("DE"),
      "198.51.100.0/25": country("FR"),
      "2001:db8::/32": country("JP"),
      "203.0.113.0/24": { country_code: "NL" },
      "203.0.112.0/24": { country: "SE" },
      "203.0.111.0/24": { country: { iso_code: "not a code" } },
      "203.0.110.0/24": { continent: { code: "EU" } },
    }),
  );
  for (const [address, expected] of [
    ["192.0.2.255", "DE"],
    ["::ffff:192.0.2.255", "DE"],
    ["192.0.3.0", undefined],
    ["198.51.100.127", "FR"],
    ["198.51.100.128", undefined],
    ["2001:db8:ffff::1", "JP"],
    ["2001:db9::1", undefined],
    ["203.0.113.1", "NL"],
    ["203.0.112.1", "SE"],
    ["203.0.111.1", undefined],
    ["203.0.110.1", undefined],
    ["unknown", undefined],
    ["", undefined],
  ] as const)
    assert.equal(countries.of(address), expected, address);
});

test("a file that changes is read again; a broken one changes nothing", async (t) => {
  const { countries, lines, replace } = await opened(t, countryFile({ "192.0.2.0/24": country("DE") }));
  await replace(countryFile({ "192.0.2.0/24": country("AT") }));
  await until(() => countries.of("192.0.2.1") === "AT", "the new file counts");
  await replace(Buffer.from("<html>404</html>"));
  await until(() => lines.some((line) => line.includes("what was known before counts")), "the broken file is logged");
  assert.equal(countries.of("192.0.2.1"), "AT");
  await replace(countryFile({ "192.0.2.0/24": country("CH") }));
  await until(() => countries.of("192.0.2.1") === "CH", "the next file counts");
});

const whole = countryFile({ "192.0.2.0/24": country("DE"), "198.51.100.0/24": country("FR") });
const broken: Record<string, Uint8Array | undefined> = {
  "that is not there": undefined,
  "that is empty": Buffer.alloc(0),
  "of zeros": Buffer.alloc(4_096),
  "that ends early": whole.subarray(0, 200),
  "without its tree": whole.subarray(whole.indexOf(Buffer.from("abcdef4d61784d696e642e636f6d", "hex"))),
};
for (const [name, content] of Object.entries(broken)) {
  test(`with a file ${name} no country is known, and the log says so`, async (t) => {
    const { countries, lines } = await opened(t, content);
    assert.equal(countries.of("192.0.2.1"), undefined);
    assert.deepEqual(lines, ["the file of countries cannot be used; no country is known"]);
  });
}

test("a file whose every byte may be wrong gives a code or none, and never more than that", async (t) => {
  for (let at = 0; at < whole.length; at += 7) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    const { countries } = await opened(t, damaged);
    for (const address of ["192.0.2.1", "198.51.100.1", "::1", "ffff::"])
      assert.match(countries.of(address) ?? "XX", /^[A-Z]{2}$/);
  }
});

test("another file is used from when it has been read; without one no country is known", async (t) => {
  const { countries, folder } = await opened(t, countryFile({ "192.0.2.0/24": country("DE") }));
  const other = join(folder, "other.mmdb");
  await writeFile(other, countryFile({ "192.0.2.0/24": country("AT") }));
  const used = countries.use(other);
  assert.equal(countries.of("192.0.2.1"), "DE");
  await used;
  assert.equal(countries.of("192.0.2.1"), "AT");
  await countries.use("");
  assert.equal(countries.of("192.0.2.1"), undefined);
});

test("countries are let in and kept out; the unknown are kept out where only some are let in", () => {
  const countries = { of: (address: string) => (address === "?" ? undefined : address) };
  const allowed = (allow: string[], deny: string[], address: string) =>
    countryAllowed({ allow, deny }, address, countries);
  assert.equal(allowed([], [], "?"), true);
  assert.equal(allowed(["DE"], [], "DE"), true);
  assert.equal(allowed(["DE"], [], "FR"), false);
  assert.equal(allowed(["DE"], [], "?"), false);
  assert.equal(allowed([], ["FR"], "FR"), false);
  assert.equal(allowed([], ["FR"], "DE"), true);
  assert.equal(allowed([], ["FR"], "?"), true);
  assert.equal(allowed(["DE"], ["DE"], "DE"), false);
});
