import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import test from "node:test";
import selfsigned from "selfsigned";
import { NameTable, namesOf } from "./names.ts";

type Name = { type: 2; value: string } | { type: 6; value: string } | { type: 7; ip: string };

async function leaf(common: string, names: readonly Name[] = []): Promise<X509Certificate> {
  const extensions = names.length > 0 ? [{ name: "subjectAltName" as const, altNames: [...names] }] : [];
  const made = await selfsigned.generate([{ name: "commonName", value: common }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions,
  });
  return new X509Certificate(made.cert);
}

test("the names of a certificate are its alternative names; its common name counts when there are none", async () => {
  const several = await leaf("common.example", [
    { type: 2, value: "Live.Example" },
    { type: 2, value: "*.cdn.example" },
    { type: 6, value: "https://uri.example/" },
    { type: 7, ip: "192.0.2.1" },
  ]);
  assert.deepEqual(namesOf(several), { dns: ["live.example", "*.cdn.example"], hasAddress: true });
  assert.deepEqual(namesOf(await leaf("Common.Example", [{ type: 2, value: "a.example" }])), {
    dns: ["a.example"],
    hasAddress: false,
  });
  assert.equal(namesOf(await leaf("x", [{ type: 7, ip: "2001:db8::1" }])).hasAddress, true);
  assert.deepEqual(namesOf({ subject: "C=DE\nCN=Common.Example", subjectAltName: undefined } as X509Certificate), {
    dns: ["common.example"],
    hasAddress: false,
  });
});

test("a name that was quoted for what is in it does not become two", () => {
  const subjectAltName = 'URI:"https://a/, DNS:evil.example", DNS:good.example';
  assert.deepEqual(namesOf({ subjectAltName, subject: "" } as X509Certificate).dns, ["good.example"]);
});

test("the exact name is found before a wildcard, the first before a later one, and a wildcard stands for one label", () => {
  const table = new NameTable<string>();
  table.add(["*.example.com"], "wildcard");
  table.add(["live.example.com", "example.com"], "exact");
  table.add(["live.example.com", "*.example.com"], "later");
  const cases: readonly [string, string | undefined][] = [
    ["live.example.com", "exact"],
    ["LIVE.Example.com.", "exact"],
    ["example.com", "exact"],
    ["other.example.com", "wildcard"],
    ["a.other.example.com", undefined],
    ["com", undefined],
    ["", undefined],
    [".example.com", "wildcard"],
    ["__proto__", undefined],
  ];
  for (const [asked, expected] of cases) assert.equal(table.find(asked), expected, asked);
});
