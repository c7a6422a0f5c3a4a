import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type RelayAddress, relayAddress, withoutSecrets } from "./relay-address.ts";

const cases: { address: string; key?: string; parts: Partial<RelayAddress> }[] = [
  {
    address: "rtmp://a.rtmp.youtube.com/live2/abcd-efgh",
    parts: {
      host: "a.rtmp.youtube.com",
      port: 1935,
      app: "live2",
      tcUrl: "rtmp://a.rtmp.youtube.com/live2",
      name: "abcd-efgh",
    },
  },
  {
    address: "rtmp://b.rtmp.youtube.com/live2?backup=1",
    key: "abcd-efgh",
    parts: { app: "live2?backup=1", tcUrl: "rtmp://b.rtmp.youtube.com/live2?backup=1", name: "abcd-efgh" },
  },
  {
    address: "rtmps://live-api-s.facebook.com:443/rtmp/FB-1?s_bl=1&a=b",
    parts: {
      secure: true,
      port: 443,
      app: "rtmp",
      tcUrl: "rtmps://live-api-s.facebook.com/rtmp",
      name: "FB-1?s_bl=1&a=b",
    },
  },
  { address: "rtmp://h:1935/a/b/c", parts: { app: "a/b", name: "c", tcUrl: "rtmp://h/a/b" } },
  {
    address: "rtmp://h:1940/a",
    key: "k?x=1",
    parts: { app: "a", name: "k?x=1", tcUrl: "rtmp://h:1940/a", port: 1940 },
  },
  { address: "rtmp://[2001:DB8::1]/a/b", parts: { host: "2001:db8::1", tcUrl: "rtmp://[2001:db8::1]/a" } },
  { address: "rtmp://[::1]:80/a/b", parts: { host: "::1", port: 80, tcUrl: "rtmp://[::1]:80/a" } },
  { address: "rtmp://2130706433/a/b", parts: { host: "127.0.0.1" } },
  { address: "rtmp://0x7f.1/a/b", parts: { host: "127.0.0.1" } },
  {
    address: "RTMPS://Host.Example/a/b",
    parts: { secure: true, host: "host.example", tcUrl: "rtmps://host.example/a" },
  },
];

for (const { address, key, parts } of cases)
  test(`T-5, T-7 a relay to ${address}${key === undefined ? "" : " with a key"} names app, tcUrl and stream as the server knows them`, () => {
    const found = relayAddress(address, key);
    assert.ok(typeof found !== "string", String(found));
    assert.deepEqual({ ...found, ...parts }, found);
  });

for (const address of [
  "",
  "http://h/a/b",
  "rtmp://h/a",
  "rtmp://h",
  "rtmp:///a/b",
  "rtmp://u:p@h/a/b",
  "rtmp://h:x/a/b",
  "rtmp://h/a b/c",
])
  test(`${address || "nothing"} is no address for a relay, which is said without repeating it`, () => {
    const found = relayAddress(address);
    assert.ok(typeof found === "string" && (address === "" || !found.includes(address)), JSON.stringify(found));
  });

test("whatever is given, there is an address or a sentence", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.option(fc.string(), { nil: undefined }),
      (address, key) => void relayAddress(`rtmp://${address}`, key),
    ),
  );
});

test("S-21 what a server says is repeated without the key, and in one line", () => {
  const to = relayAddress("rtmp://h/live/stream-key-1?auth=abcdef");
  assert.ok(typeof to !== "string");
  assert.equal(withoutSecrets("no stream-key-1 with\nauth=abcdef", to), "no … with …=…");
});
