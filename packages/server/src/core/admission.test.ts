import assert from "node:assert/strict";
import test from "node:test";
import { Admission, type AdmissionLimits, peerAddress } from "./admission.ts";

const limits: AdmissionLimits = {
  connections: 10,
  connectionsPerAddress: 4,
  handshakesPerAddress: 2,
  trusted: ["127.0.0.1"],
};

function enter(admission: Admission, address: string) {
  const place = admission.enter(address);
  if ("refused" in place) throw new Error(place.refused);
  return place;
}

test("half-open connections of one address are limited, and settled ones do not count among them", () => {
  const admission = new Admission(() => limits);
  const first = enter(admission, "192.0.2.1");
  enter(admission, "192.0.2.1");
  assert.deepEqual(admission.enter("192.0.2.1"), { refused: "limits.handshakesPerAddress" });
  first.settled();
  enter(admission, "192.0.2.1");
});

test("connections of one address and of all are limited, and a place that is left is free again", () => {
  const admission = new Admission(() => limits);
  const places = Array.from({ length: 4 }, () => {
    const place = enter(admission, "192.0.2.1");
    place.settled();
    return place;
  });
  assert.deepEqual(admission.enter("192.0.2.1"), { refused: "limits.connectionsPerAddress" });
  places[0]?.leave();
  places[0]?.leave();
  places.push(enter(admission, "192.0.2.1"));
  const trusted = Array.from({ length: 6 }, () => enter(admission, "127.0.0.1"));
  assert.deepEqual(admission.enter("127.0.0.1"), { refused: "limits.connections" });
  for (const place of [...places, ...trusted]) place.leave();
  assert.equal(admission.total, 0);
});

test("a dual-stack socket's IPv4 peer is named as IPv4", () => {
  assert.equal(peerAddress("::ffff:192.0.2.7"), "192.0.2.7");
  assert.equal(peerAddress("2001:db8::1"), "2001:db8::1");
  assert.equal(peerAddress(undefined), "unknown");
});

test("who is refused is counted by what refused it, and who has not spoken yet is known", () => {
  const admission = new Admission(
    () => ({ connections: 2, connectionsPerAddress: 1, handshakesPerAddress: 9, trusted: [] }),
    (address) => address === "192.0.2.9",
  );
  const first = admission.enter("192.0.2.1");
  admission.enter("192.0.2.1");
  admission.enter("192.0.2.9");
  admission.enter("192.0.2.9");
  const second = admission.enter("192.0.2.2");
  admission.enter("192.0.2.3");
  assert.deepEqual(Object.fromEntries(admission.refusals), {
    ban: 2,
    "limits.connections": 1,
    "limits.connectionsPerAddress": 1,
  });
  assert.equal(admission.handshaking, 2);
  if ("settled" in first) first.settled();
  if ("leave" in second) second.leave();
  assert.deepEqual([admission.handshaking, admission.total], [0, 1]);
});
