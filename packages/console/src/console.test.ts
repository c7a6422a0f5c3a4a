import assert from "node:assert/strict";
import test from "node:test";
import type { Stream } from "@sluice/api";
import { isOnlyHere, publishAddresses } from "./live/addresses.ts";
import { appSettings, ladderOf, withChange } from "./live/config-shape.ts";
import { RelayRates } from "./live/relay-rates.ts";
import { measured, Samples } from "./live/samples.ts";
import { watchPath } from "./live/watch-path.ts";
import { addressOf, routeOf } from "./route.ts";

test("an address names a page and what it is of", () => {
  assert.deepEqual(routeOf(""), { page: "live", rest: "" });
  assert.deepEqual(routeOf("#/server"), { page: "server", rest: "" });
  assert.deepEqual(routeOf(addressOf("streams", "a b/c~1")), { page: "streams", rest: "a b/c~1" });
  assert.deepEqual(routeOf("#/%E0%A4%A"), { page: "%E0%A4%A", rest: "" });
});

for (const [typed, path] of [
  ["test", "/live/test"],
  [" /live/test/ ", "/live/test"],
  ["a/b/c/d/e", "/a/b/c/d/e"],
  ["a/b/c/d/e/f", undefined],
  ["live/..", undefined],
  ["live/<b>", undefined],
  ["", undefined],
] as const)
  test(`somebody who types "${typed}" is sent to ${path ?? "nowhere"}`, () => assert.equal(watchPath(typed), path));

test("encoders get the address in the form that each asks for", () => {
  const where = { host: "live.example", app: "live", name: "test", key: "a&b" };
  const made = publishAddresses({ ...where, ports: { "rtmp.port": 1935 } });
  assert.equal(made.server, "rtmp://live.example/live");
  assert.equal(made.streamKey, "test?key=a%26b");
  assert.equal(made.url, "rtmp://live.example/live/test?key=a%26b");
  assert.equal(
    made.larix,
    "larix://set/v1?conn[][url]=rtmp%3A%2F%2Flive.example%2Flive%2Ftest%3Fkey%3Da%2526b&conn[][name]=Sluice%20live%2Ftest&conn[][overwrite]=on",
  );
  const other = publishAddresses({ ...where, key: "", ports: { "rtmp.port": 21_935 } });
  assert.equal(other.url, "rtmp://live.example:21935/live/test");
  assert.deepEqual(["localhost", "127.0.0.1", "192.168.1.2", "example.com"].map(isOnlyHere), [
    true,
    true,
    false,
    false,
  ]);
});

test("a relay is as fast as what it has carried between two looks, and looks right after one another measure nothing", () => {
  const rates = new RelayRates();
  const look = (bytes: number, atMs: number) => rates.look([{ id: "a", bytes }], atMs);
  look(1_000, 0);
  assert.equal(rates.bitrate("a"), undefined);
  look(501_000, 2_000);
  assert.equal(rates.bitrate("a"), 2_000_000);
  look(502_000, 2_010);
  assert.equal(rates.bitrate("a"), 2_000_000);
  look(626_000, 3_000);
  assert.equal(rates.bitrate("a"), 1_000_000);
  look(0, 5_000);
  assert.equal(rates.bitrate("a"), 0, "another one of this name");
  rates.look([], 7_000);
  look(1_000, 9_000);
  assert.equal(rates.bitrate("a"), undefined);
});

test("samples keep the last minutes of each series, with gaps where there was nothing", () => {
  const samples = new Samples();
  samples.add(0, { a: 1 });
  samples.add(2, { a: 2, "by protocol hls": 3 });
  assert.deepEqual(samples.names("by protocol "), ["hls"]);
  assert.deepEqual(samples.data(["by protocol hls", "a", "nothing"]), [
    [0, 2],
    [null, 3],
    [1, 2],
    [null, null],
  ]);
  for (let at = 4; at <= 2_000; at += 2) samples.add(at, { a: at });
  const [times = []] = samples.data([]);
  assert.equal(times.length, 300);
  assert.deepEqual(samples.names("by protocol "), []);
});

const stream: Stream = {
  path: "live/test",
  app: "live",
  name: "test",
  state: "live",
  viewers: 2,
  tracks: [],
  bytesIn: 0,
  seconds: 1,
  packetsIn: 0,
  bytesKept: 0,
  age: { p50Ms: 1, p99Ms: 4 },
  ladder: {
    state: "running",
    measured: 1_000,
    soundOnly: false,
    droppedGroups: 3,
    rungs: [
      { name: "360p", width: 640, height: 360, bitrate: 900, codec: "h264", measured: 800, live: true, viewers: 1 },
    ],
  },
};
const audience = {
  groups: [
    { protocol: "hls", viewers: 1 },
    { protocol: "hls", rendition: "360p", viewers: 2 },
    { protocol: "rtmp", viewers: 4 },
  ],
  bytes: 9_000,
  skips: 5,
};

test("a stream's graphs show what it counts now", () => {
  const values = measured({ at: 10, stream, audience });
  assert.equal(values["by protocol hls"], 3);
  assert.equal(values["by quality source"], 5);
  assert.equal(values["by quality 360p"], 2);
  assert.equal(values["rung 360p"], 800);
  assert.equal(values["age most"], 4);
  assert.equal(values["rate out"], undefined, "what grows is not known yet");
});

test("what only grows is shown by how much it has since the look before, and a stream that begins anew counts from 0", () => {
  const before = {
    at: 8,
    stream: { ...stream, ladder: { measured: 0, soundOnly: false, rungs: [], droppedGroups: 1 } },
    audience: { groups: [], bytes: 8_000, skips: 4 },
  };
  const now = { at: 10, stream, audience };
  const values = measured(now, before);
  assert.deepEqual([values["rate out"], values["drops moved"], values["drops made"]], [4_000, 1, 2]);
  assert.equal(measured({ ...now, audience: { ...audience, bytes: 500 } }, before)["rate out"], 2_000);
});

test("a form's settings come from the schema, and a ladder is as short as a person would write it", () => {
  const schema = {
    properties: {
      apps: {
        patternProperties: {
          "^.*$": {
            properties: {
              hold: { type: "string", description: "how long" },
              duplicate: { enum: ["reject", "takeover"] },
              maxBytes: { anyOf: [{ type: "integer" }, { type: "string" }], unit: "size" },
              bandwidth: { type: "integer" },
              access: { type: "object" },
            },
          },
        },
      },
    },
  };
  assert.deepEqual(
    appSettings(schema).map(({ name, kind }) => `${name} ${kind}`),
    ["hold text", "duplicate choice", "maxBytes text", "bandwidth number", "access other"],
  );
  assert.deepEqual(appSettings(undefined), []);
  const rung = { name: "", width: 0, height: 540, fps: 0, bitrate: 1_200, codec: "h264", preset: "" };
  assert.deepEqual(ladderOf(["720p", rung]), ["720p", { height: 540, bitrate: 1_200 }]);
  assert.equal(ladderOf("auto"), "auto");
});

test("a change back to what it was is no change", () => {
  const path = ["apps", "live", "hold"];
  const changed = withChange([], { path, value: "20s" }, "15s");
  assert.equal(changed.length, 1);
  assert.deepEqual(withChange(changed, { path, value: "15s" }, "15s"), []);
});
