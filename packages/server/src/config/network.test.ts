import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { address, addressText, contains, network, networkName } from "./network.ts";
import { rootShape } from "./shape.ts";
import { validate } from "./validation.ts";

const isIn = (text: string, inside: string) => {
  const outer = network(text);
  const found = address(inside);
  return outer !== undefined && found !== undefined && contains(outer, found);
};

test("an address is in the networks that it begins like, and in no other", () => {
  for (const [outer, inside, expected] of [
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["192.168.1.7", "192.168.1.7", true],
    ["192.168.1.7", "192.168.1.8", false],
    ["0.0.0.0/0", "255.1.2.3", true],
    ["255.255.255.255/32", "255.255.255.255", true],
    ["128.0.0.0/1", "127.255.255.255", false],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["fe80::/10", "fe80::1%eth0", true],
    ["::1", "0:0:0:0:0:0:0:1", true],
    ["10.1.2.3/8", "10.9.9.9", true],
  ] as const) {
    assert.equal(isIn(outer, inside), expected, `${inside} in ${outer}`);
  }
});

test("IPv4 in IPv6's clothes is IPv4, on either side", () => {
  assert.ok(isIn("10.0.0.0/8", "::ffff:10.1.2.3"));
  assert.ok(isIn("10.0.0.0/8", "::ffff:a01:203"));
  assert.ok(isIn("::ffff:10.0.0.0/104", "10.1.2.3"));
  assert.ok(isIn("::FFFF:10.0.0.1", "10.0.0.1"));
  assert.ok(!isIn("::ffff:10.0.0.0/104", "11.1.2.3"));
});

test("all of IPv6 is not all of IPv4, nor the other way round", () => {
  assert.ok(!isIn("::/0", "10.0.0.1"));
  assert.ok(isIn("::/0", "::1"));
  assert.ok(!isIn("0.0.0.0/0", "::1"));
});

test("what is no address or network is none", () => {
  for (const text of [
    "",
    "10",
    "10.0.0",
    "10.0.0.256",
    "010.0.0.1",
    "0x0a.0.0.1",
    "2130706433",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "::/129",
    "1::2::3",
    ":",
    "::ffff:10.0.0.0/95",
    "example.com",
    " 10.0.0.1",
    "10.0.0.1\n",
    "unknown",
  ])
    assert.equal(network(text), undefined, JSON.stringify(text));
});

test("a network is written in one form, whatever form it came in", () => {
  for (const [text, name] of [
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:0:1:0:0:0/64", "2001:db8::/64"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["::ffff:10.1.2.3/104", "10.0.0.0/8"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["::", "::"],
    ["1.2.3.4/32", "1.2.3.4"],
  ] as const) {
    const found = network(text);
    assert.ok(found);
    assert.equal(networkName(found), name);
  }
});

test("what an address is written as is read as the same address", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const found = address(text);
      assert.ok(found);
      assert.deepEqual(address(addressText(found)), found);
      const whole = network(text);
      assert.ok(whole && contains(whole, found));
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void [address(text), network(text)]));
});

test("a configuration with a network that is none is refused: a list that cannot be read would keep nobody out", () => {
  const wrong: string[] = [];
  const deny = ["10.0.0.0/8", "::1", "10.0.0.256", "10.0.0.0/33", "1::2::3"];
  const written = { apps: { live: { access: { addresses: { deny } } } } };
  validate(rootShape, written, [], (path, text) => wrong.push(`${path.at(-1)}: ${text}`));
  assert.deepEqual(
    wrong,
    ["10.0.0.256", "10.0.0.0/33", "1::2::3"].map(
      (text, index) => `${index + 2}: "${text}" is not an IP address, or a network such as 10.0.0.0/8`,
    ),
  );
});
