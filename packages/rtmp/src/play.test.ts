import assert from "node:assert/strict";
import test from "node:test";
import type { Amf } from "@sluice/media";
import { answer, connection, kinds } from "../testing/connection.ts";

const starts: { args: Amf[]; start: number | "live" }[] = [
  { args: [], start: "live" },
  { args: [-2], start: "live" },
  { args: [-1], start: "live" },
  { args: [-1000], start: "live" },
  { args: [-2000], start: "live" },
  { args: [0], start: "live" },
  { args: [Number.NaN], start: "live" },
  { args: [30], start: 30 },
  { args: [-2, -1, true], start: "live" },
  { args: [-2, -1, 1], start: "live" },
];
for (const { args, start } of starts) {
  test(`play(${["cam", ...args].join(", ")}) plays ${start}, and is answered in order`, () => {
    const { server, events, connect, call, stream, statuses, sent } = connection();
    connect();
    call("createStream", 2);
    stream(1, "play", "cam", ...args);
    const asked = events.at(-1);
    assert.ok(asked?.kind === "play" && asked.start === start && asked.address.name === "cam");
    const before = sent.length;
    server.acceptPlay(1);
    assert.deepEqual(statuses(), [
      [1, "Play.Reset"],
      [1, "Play.Start"],
    ]);
    assert.deepEqual(
      sent.slice(before).map(({ type }) => type),
      [4, 20, 20],
    );
  });
}

test("play without a reset says only that it starts", () => {
  const { server, connect, call, stream, statuses } = connection();
  connect();
  call("createStream", 2);
  stream(1, "play", "cam", -2, -1, false);
  server.acceptPlay(1);
  assert.deepEqual(statuses(), [[1, "Play.Start"]]);
});

test("librtmp and FFmpeg may ask their questions before they play", () => {
  const { connect, call, commands } = connection();
  connect();
  call("createStream", 2);
  call("_checkbw", 3);
  call("FCSubscribe", 4, "cam");
  call("getStreamLength", 5, "cam");
  for (const transaction of [2, 3, 4, 5]) assert.equal(answer(commands(), transaction)?.name, "_result");
  assert.equal(answer(commands(), 5)?.args[0], 0);
});

function playing() {
  const all = connection();
  all.connect();
  all.call("createStream", 2);
  all.stream(1, "play", "cam");
  all.server.acceptPlay(1);
  return { ...all, since: all.events.length, said: all.statuses().length };
}

const whilePlaying: { name: string; command: readonly [string, ...Amf[]]; events: object[]; statuses: string[] }[] = [
  {
    name: "pause",
    command: ["pause", true, 0],
    events: [{ kind: "pause", streamId: 1, paused: true }],
    statuses: ["Pause.Notify"],
  },
  {
    name: "unpause",
    command: ["pause", false, 0],
    events: [{ kind: "pause", streamId: 1, paused: false }],
    statuses: ["Unpause.Notify"],
  },
  {
    name: "no sound",
    command: ["receiveAudio", false],
    events: [{ kind: "receive", streamId: 1, media: "audio", wanted: false }],
    statuses: [],
  },
  {
    name: "picture again",
    command: ["receiveVideo", true],
    events: [{ kind: "receive", streamId: 1, media: "video", wanted: true }],
    statuses: ["Seek.Notify", "Play.Start"],
  },
  { name: "seek", command: ["seek", 1000], events: [], statuses: ["Seek.Failed"] },
  { name: "closeStream", command: ["closeStream"], events: [{ kind: "stop", streamId: 1 }], statuses: [] },
  { name: "play(false)", command: ["play", false], events: [{ kind: "stop", streamId: 1 }], statuses: [] },
];
for (const {
  name,
  command: [command, ...args],
  events: expected,
  statuses: said,
} of whilePlaying) {
  test(`while it plays: ${name}`, () => {
    const { events, stream, statuses, since, said: before } = playing();
    stream(1, command, ...args);
    assert.deepEqual(events.slice(since), expected);
    assert.deepEqual(
      statuses()
        .slice(before)
        .map(([, code]) => code),
      said,
    );
  });
}

test("play2 and a second play change to another stream on the same connection", () => {
  for (const change of [
    ["play2", { streamName: "other" }],
    ["play", "other"],
  ] as const) {
    const { events, stream, since } = playing();
    stream(1, change[0], change[1]);
    assert.deepEqual(kinds(events.slice(since)), ["stop", "play"]);
  }
});

test("deleteStream stops that stream only, and takes any number", () => {
  const { events, call, since } = playing();
  for (const id of [Number.NaN, -1, 1e300, 7, null, "1"]) call("deleteStream", 0, id);
  assert.equal(events.length, since);
  call("deleteStream", 0, 1);
  assert.deepEqual(events.slice(since), [{ kind: "stop", streamId: 1 }]);
});
