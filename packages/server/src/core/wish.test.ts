import assert from "node:assert/strict";
import test from "node:test";
import { wishOf } from "./wish.ts";

const of = (query: string, allowed?: number) => wishOf(new Map(new URLSearchParams(query)), allowed);

test("a viewer names a quality, a bitrate at most, or that it is not to be moved", () => {
  assert.equal(of(""), undefined);
  assert.equal(of("token=x"), undefined);
  assert.deepEqual(of("rendition=720p"), { rung: "720p" });
  assert.deepEqual(of("max=1500k"), { maxBitrate: 1_500_000 });
  assert.deepEqual(of("max=2.5M"), { maxBitrate: 2_500_000 });
  assert.deepEqual(of("max=300000"), { maxBitrate: 300_000 });
  assert.deepEqual(of("adaptive=0"), { adaptive: false });
  assert.deepEqual(of("adaptive=1"), {});
  assert.deepEqual(of("audio=1&max=500k"), { sound: 1, maxBitrate: 500_000 });
});

test("a right's bitrate holds, whatever is asked for", () => {
  assert.deepEqual(of("", 800_000), { maxBitrate: 800_000 });
  assert.deepEqual(of("max=1500k", 800_000), { maxBitrate: 800_000 });
  assert.deepEqual(of("max=500k", 800_000), { maxBitrate: 500_000 });
});

test("what cannot be understood is said in words", () => {
  for (const query of ["max=", "max=fast", "max=-1", "max=1e9", "max=1g", "max=1.2.3k", `max=${"9".repeat(40)}`])
    assert.match(String(of(query)), /^max is no bitrate; write /, query);
  for (const query of ["audio=", "audio=-1", "audio=en", "audio=256", "audio=1000"])
    assert.match(String(of(query)), /^audio is no number of a track; write /, query);
  for (const query of ["rendition=", "rendition=a/b", "rendition=%00", `rendition=${"a".repeat(33)}`])
    assert.match(String(of(query)), /^rendition is no name of a quality; write /, query);
});
