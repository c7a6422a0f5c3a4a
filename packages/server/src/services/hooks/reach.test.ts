import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import test from "node:test";
import { checkedLookup, checkHost, type ReachRules } from "./reach.ts";

const strict: ReachRules = { private: false, plain: false };

/** What becomes of a name that leads to these addresses: where a socket would connect to, or the error's code. */
function led(addresses: readonly string[], rules = strict, protocol = "https:"): Promise<string> {
  const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  const lookup = checkedLookup(protocol, rules, async () => found);
  return new Promise((resolve) =>
    lookup("hook.example", { all: true }, (error, to) =>
      resolve(error ? String(error.code) : (to as LookupAddress[]).map(({ address }) => address).join()),
    ),
  );
}

function written(url: string, rules = strict): string {
  try {
    checkHost(new URL(url), rules);
    return "goes on";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const inside = [
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.170",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.0.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "::ffff:127.0.0.1",
  "::ffff:a9fe:a9fe",
  "64:ff9b::10.0.0.1",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "3fff::1",
  "fc00::1",
  "fd00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "nonsense",
];
const outside = ["1.1.1.1", "172.32.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111", "64:ff9b::101:101"];

test("a name that leads to this machine, into a private network or to nowhere is refused, also beside a public address", async () => {
  for (const address of inside) {
    assert.equal(await led([address]), "hooks/address", address);
    assert.equal(await led(["1.1.1.1", address]), "hooks/address", address);
    assert.equal(await led([address], { private: true, plain: false }), address);
  }
  for (const address of outside) assert.equal(await led([address]), address);
});

test("an address that is written into the URL is refused likewise, in whatever form", () => {
  const forms = [
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://0/",
    "https://127.0.0.1./",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://user@10.0.0.1:8443/",
    "https://１２７.0.0.1/",
  ];
  for (const form of forms) {
    assert.equal(written(form), "hooks/address", form);
    assert.equal(written(form, { private: true, plain: false }), "goes on", form);
  }
  assert.equal(written("https://1.1.1.1/"), "goes on");
  assert.equal(written("https://hook.example/"), "goes on"); // it is looked at when it is looked up
});

test("http:// is for private addresses alone, unless that is switched off", async () => {
  assert.equal(written("http://1.1.1.1/"), "hooks/plain");
  assert.equal(written("http://1.1.1.1/", { private: true, plain: false }), "hooks/plain");
  assert.equal(written("http://1.1.1.1/", { private: false, plain: true }), "goes on");
  assert.equal(written("http://127.0.0.1/", { private: false, plain: true }), "hooks/address");
  assert.equal(written("http://127.0.0.1/", { private: true, plain: false }), "goes on");
  assert.equal(await led(["1.1.1.1"], { private: true, plain: false }, "http:"), "hooks/plain");
  assert.equal(await led(["10.0.0.1"], { private: true, plain: false }, "http:"), "10.0.0.1");
});

test("a socket gets addresses of the family that it wants, and an error where there is none", async () => {
  const one = (family: number) =>
    new Promise<unknown[]>((resolve) =>
      checkedLookup("https:", strict, async () => [
        { address: "1.1.1.1", family: 4 },
        { address: "2606:4700::1111", family: 6 },
      ])("hook.example", { family }, (...given) => resolve(given)),
    );
  assert.deepEqual(await one(0), [null, "1.1.1.1", 4]);
  assert.deepEqual(await one(6), [null, "2606:4700::1111", 6]);
  assert.equal(await led([]), "undefined");
});
