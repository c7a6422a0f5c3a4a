import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { ReconnectPolicy, type ReconnectRules, type ReconnectVerdict } from "./reconnect-policy.ts";

const rules: ReconnectRules = { hosts: [], private: false, most: 3, perMs: 60_000 };
const own = "rtmp://origin.example/live";
const any = ["*"];

const cases: {
  name: string;
  wanted: string;
  from?: string;
  rules?: Partial<ReconnectRules>;
  verdict: ReconnectVerdict;
}[] = [
  { name: "back to itself", wanted: own, verdict: { follow: own } },
  {
    name: "to another app and port of the same host",
    wanted: "rtmp://ORIGIN.example:1940/other?a=b",
    verdict: { follow: "rtmp://origin.example:1940/other?a=b" },
  },
  { name: "to another host", wanted: "rtmp://other.example/live", verdict: { refused: "host" } },
  {
    name: "to one that is allowed",
    wanted: "rtmp://other.example/live",
    rules: { hosts: ["other.example"] },
    verdict: { follow: "rtmp://other.example/live" },
  },
  {
    name: "to one below a name that is allowed",
    wanted: "rtmp://a.b.example/live",
    rules: { hosts: ["*.b.example"] },
    verdict: { follow: "rtmp://a.b.example/live" },
  },
  {
    name: "to one whose name only ends like it",
    wanted: "rtmp://evilb.example/live",
    rules: { hosts: ["*.b.example"] },
    verdict: { refused: "host" },
  },
  {
    name: "from encrypted to plain",
    from: "rtmps://origin.example/live",
    wanted: own,
    verdict: { refused: "unencrypted" },
  },
  {
    name: "from plain to encrypted",
    wanted: "rtmps://origin.example:443/live",
    verdict: { follow: "rtmps://origin.example:443/live" },
  },
  { name: "to port 80", wanted: "rtmp://origin.example:80/live", verdict: { follow: "rtmp://origin.example:80/live" } },
  { name: "to HTTP", wanted: "http://origin.example/live", verdict: { refused: "address" } },
  { name: "to a file", wanted: "file:///etc/passwd", verdict: { refused: "address" } },
  { name: "to no host", wanted: "rtmp:///live", verdict: { refused: "address" } },
  { name: "with a password", wanted: "rtmp://user:secret@origin.example/live", verdict: { refused: "address" } },
  ...[
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "2130706433",
    "0x7f000001",
    "127.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[fd00::1]",
  ].map((host) => ({
    name: `to ${host}`,
    wanted: `rtmp://${host}/live`,
    rules: { hosts: any },
    verdict: { refused: "private" } as const,
  })),
  {
    name: "to a public address",
    wanted: "rtmp://8.8.8.8/live",
    rules: { hosts: any },
    verdict: { follow: "rtmp://8.8.8.8/live" },
  },
  {
    name: "to a private address where that is allowed",
    wanted: "rtmp://10.1.2.3/live",
    rules: { hosts: any, private: true },
    verdict: { follow: "rtmp://10.1.2.3/live" },
  },
  {
    name: "back to a private address that the operator named",
    from: "rtmp://10.1.2.3/live",
    wanted: "rtmp://10.1.2.3/other",
    verdict: { follow: "rtmp://10.1.2.3/other" },
  },
];

for (const { name, wanted, from = own, rules: more = {}, verdict } of cases)
  test(`EC-5 a relay that is sent ${name}`, () => {
    assert.deepEqual(new ReconnectPolicy(() => ({ ...rules, ...more })).judge(from, wanted), verdict);
  });

test("EC-5 a relay goes no more often than it may, and refusals do not count", () => {
  let at = 0;
  const policy = new ReconnectPolicy(
    () => rules,
    () => at,
  );
  assert.deepEqual(policy.judge(own, "rtmp://other.example/live"), { refused: "host" });
  for (let time = 0; time < 3; time++) assert.deepEqual(policy.judge(own, own), { follow: own });
  assert.deepEqual(policy.judge(own, own), { refused: "often" });
  at = 59_999;
  assert.deepEqual(policy.judge(own, own), { refused: "often" });
  at = 60_000;
  assert.deepEqual(policy.judge(own, own), { follow: own });
});

test("EC-5 whatever a server asks for, a relay stays with hosts that are allowed, or where it is", () => {
  const policy = new ReconnectPolicy(() => ({ ...rules, most: 1e9 }));
  const wanted = fc.oneof(
    fc.string(),
    fc.webUrl().map((url) => url.replace(/^https?/, "rtmp")),
  );
  fc.assert(
    fc.property(wanted, (address) => {
      const verdict = policy.judge(own, address);
      assert.ok("refused" in verdict || verdict.follow.startsWith("rtmp://origin.example"));
    }),
  );
});
