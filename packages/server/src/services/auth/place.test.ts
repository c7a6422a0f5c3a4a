import assert from "node:assert/strict";
import test from "node:test";
import { streamName } from "../../core/stream-name.ts";
import { addressAllowed } from "./networks.ts";
import { type PlaceSettings, placeRule } from "./place.ts";
import { referrerAllowed } from "./referrers.ts";

const none = { allow: [], deny: [], publish: [] };

test("addresses are let in and kept out, publishers by a list of their own too", () => {
  for (const [settings, action, address, expected] of [
    [{}, "play", "unknown", true],
    [{ allow: ["10.0.0.0/8"] }, "play", "10.1.2.3", true],
    [{ allow: ["10.0.0.0/8"] }, "play", "::ffff:10.1.2.3", true],
    [{ allow: ["10.0.0.0/8"] }, "play", "11.1.2.3", false],
    [{ allow: ["10.0.0.0/8"] }, "play", "unknown", false],
    [{ allow: ["10.0.0.0/8"] }, "play", "::1", false],
    [{ deny: ["10.0.0.1"] }, "play", "10.0.0.1", false],
    [{ deny: ["10.0.0.1"] }, "play", "10.0.0.2", true],
    [{ deny: ["10.0.0.1"] }, "publish", "10.0.0.1", false],
    [{ allow: ["10.0.0.0/8"], deny: ["10.0.0.1"] }, "play", "10.0.0.1", false],
    [{ publish: ["2001:db8::/32"] }, "publish", "2001:db8::1", true],
    [{ publish: ["2001:db8::/32"] }, "publish", "10.0.0.1", false],
    [{ publish: ["2001:db8::/32"] }, "play", "10.0.0.1", true],
    [{ publish: ["10.0.0.1"], allow: ["10.0.0.0/8"] }, "publish", "10.0.0.2", false],
    [{ publish: ["11.0.0.1"], allow: ["10.0.0.0/8"] }, "publish", "11.0.0.1", false],
  ] as const)
    assert.equal(
      addressAllowed({ ...none, ...settings }, action, address),
      expected,
      `${JSON.stringify(settings)} ${action} ${address}`,
    );
});

const referrers = ["example.com", "*.example.org", "dev.example.net:8080", "*.ports.example:8443"];
const fits = (header: string, name = "origin") =>
  referrerAllowed({ referrers, referrerNeeded: false }, new Map([[name, header]]));

test("pages of the hosts that are named may play", () => {
  for (const page of [
    "https://example.com",
    "http://example.com",
    "https://example.com:8443",
    "https://EXAMPLE.com",
    "https://example.com.",
    "https://www.example.org",
    "https://a.b.example.org:1234",
    "https://dev.example.net:8080",
    "https://a.ports.example:8443",
  ])
    assert.equal(fits(page), true, page);
  assert.equal(fits("https://example.com/page.html?x=@y#z", "referer"), true);
});

test("pages of others may not, whatever their address looks like", () => {
  for (const page of [
    "https://evil.com",
    "https://example.com.evil.com",
    "https://evilexample.com",
    "https://www.example.com",
    "https://example.org",
    "https://.example.org",
    "https://evilexample.org",
    "https://dev.example.net",
    "https://dev.example.net:8081",
    "https://a.ports.example",
    "https://example.com@evil.com",
    "https://example.com:443@evil.com",
    "https://evil.com@example.com",
    "https://@example.com",
    "https://evil.com\\@example.com",
    "https://evil.com#@example.com",
    "https://evil.com?.example.org",
    "https://evil.com/.example.org",
    "https://ex\tample.com",
    " https://example.com",
    "https:example.com",
    "https:/example.com",
    "https:///example.com",
    "//example.com",
    "example.com",
    "null",
    "file:///example.com",
    "ftp://example.com",
    "javascript://example.com/%0aalert(1)",
    "http://",
    "https://example.com:99999",
    "https://%65xample.co%00m",
    "https://example.com, https://evil.com",
  ])
    for (const name of ["origin", "referer"]) assert.equal(fits(page, name), false, `${name}: ${page}`);
});

test("Origin counts before Referer; who names no page may play unless one is needed", () => {
  const both = new Map([
    ["origin", "https://evil.com"],
    ["referer", "https://example.com/"],
  ]);
  assert.equal(referrerAllowed({ referrers, referrerNeeded: false }, both), false);
  assert.equal(referrerAllowed({ referrers, referrerNeeded: false }, new Map()), true);
  assert.equal(referrerAllowed({ referrers, referrerNeeded: true }, new Map()), false);
  assert.equal(referrerAllowed({ referrers, referrerNeeded: true }, new Map([["referer", ""]])), false);
  assert.equal(referrerAllowed({ referrers: [], referrerNeeded: true }, both), true);
});

test("a rule for each place, of the app that is asked for, as its settings are now", () => {
  const open: PlaceSettings = {
    addresses: none,
    countries: { allow: [], deny: [] },
    referrers: [],
    referrerNeeded: false,
  };
  let settings: PlaceSettings | undefined = open;
  const apps: string[] = [];
  const rule = placeRule(
    (app) => {
      apps.push(app);
      return settings;
    },
    { of: () => "FR" },
  );
  const stream = streamName("live/sub", "cam");
  assert.ok(stream);
  const ask = (action: "publish" | "play" = "play") =>
    rule({
      action,
      stream,
      protocol: "rtmp",
      address: "192.0.2.7",
      query: new Map(),
      headers: new Map([["referer", "https://evil.com"]]),
    })?.rule;
  assert.equal(ask(), undefined);
  settings = { ...open, addresses: { ...none, deny: ["192.0.2.0/24"] } };
  assert.equal(ask(), "address/denied");
  settings = { ...open, countries: { allow: ["DE"], deny: [] } };
  assert.equal(ask(), "country/denied");
  settings = { ...open, referrers: ["example.com"] };
  assert.equal(ask(), "referrer/denied");
  assert.equal(ask("publish"), undefined, "encoders stand in no page");
  settings = undefined;
  assert.equal(ask(), undefined);
  assert.deepEqual([...new Set(apps)], ["live/sub"]);
});
