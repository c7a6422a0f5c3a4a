import assert from "node:assert/strict";
import test from "node:test";
import { Attempts } from "./attempts.ts";

function counting(limits: { attempts: number; refusals: number }) {
  const clock = { now: 5_000 };
  const attempts = new Attempts(
    () => limits,
    () => clock.now,
  );
  return { clock, attempts };
}

test("an address may ask so often in a minute, and again in the next", () => {
  const { clock, attempts } = counting({ attempts: 3, refusals: 100 });
  for (let count = 0; count < 3; count++) attempts.note("192.0.2.1");
  assert.equal(attempts.isTooMany("192.0.2.1"), false);
  attempts.note("192.0.2.1");
  assert.equal(attempts.isTooMany("192.0.2.1"), true);
  assert.equal(attempts.isTooMany("192.0.2.2"), false);
  clock.now += 59_999;
  assert.equal(attempts.isTooMany("192.0.2.1"), true);
  clock.now += 1;
  assert.equal(attempts.isTooMany("192.0.2.1"), false);
  attempts.note("192.0.2.1");
  assert.equal(attempts.isTooMany("192.0.2.1"), false);
});

test("who was refused as often as may be is not listened to for the rest of the minute", () => {
  const { clock, attempts } = counting({ attempts: 100, refusals: 2 });
  attempts.refused("192.0.2.1");
  assert.equal(attempts.isTooMany("192.0.2.1"), false);
  attempts.refused("192.0.2.1");
  assert.equal(attempts.isTooMany("192.0.2.1"), true);
  clock.now += 60_000;
  assert.equal(attempts.isTooMany("192.0.2.1"), false);
});

test("limits that change count at once", () => {
  const limits = { attempts: 100, refusals: 2 };
  const { attempts } = counting(limits);
  attempts.refused("192.0.2.1");
  limits.refusals = 1;
  assert.equal(attempts.isTooMany("192.0.2.1"), true);
});

test("all addresses of an IPv6 network of 64 bits count as one, and IPv4 is IPv4 in any clothes", () => {
  const { attempts } = counting({ attempts: 100, refusals: 1 });
  attempts.refused("2001:db8:0:1::1");
  assert.equal(attempts.isTooMany("2001:db8:0:1:ffff:ffff:ffff:ffff"), true);
  assert.equal(attempts.isTooMany("2001:db8:0:2::1"), false);
  attempts.refused("::ffff:192.0.2.1");
  assert.equal(attempts.isTooMany("192.0.2.1"), true);
  assert.equal(attempts.isTooMany("192.0.2.2"), false);
});

test("what is no address counts by itself", () => {
  const { attempts } = counting({ attempts: 100, refusals: 1 });
  attempts.refused("unknown");
  assert.equal(attempts.isTooMany("unknown"), true);
});

test("at most 100,000 addresses are kept; who came first is forgotten first", () => {
  const { attempts } = counting({ attempts: 100, refusals: 1 });
  const nth = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
  for (let index = 0; index < 100_001; index++) attempts.refused(nth(index));
  assert.equal(attempts.isTooMany(nth(0)), false);
  assert.equal(attempts.isTooMany(nth(1)), true);
  assert.equal(attempts.isTooMany(nth(100_000)), true);
});
