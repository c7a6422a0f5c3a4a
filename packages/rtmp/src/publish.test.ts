import assert from "node:assert/strict";
import test from "node:test";
import { type Amf, encodeAmf0 } from "@sluice/media";
import { answer, connection, kinds, video } from "../testing/connection.ts";
import { encodeMessage } from "./chunk-encoder.ts";
import { decodeCommand } from "./command.ts";
import { setChunkSize } from "./control.ts";
import type { Message } from "./message.ts";

test("connect is answered with everything that clients look for, in one piece and in the specification's order", () => {
  const { sent, connect, events, writes } = connection();
  const before = writes.length;
  connect({ app: "live", tcUrl: "rtmp://h/live", flashVer: "FMLE/3.0" });
  assert.equal(writes.length, before + 1);
  assert.deepEqual(
    sent.map(({ type }) => type),
    [1, 5, 6, 4, 20],
  );
  const result = decodeCommand(sent[4] as Message);
  assert.equal(result.name, "_result");
  assert.equal((result.args[0] as { code: string }).code, "NetConnection.Connect.Success");
  assert.equal((result.args[0] as { objectEncoding: number }).objectEncoding, 0);
  assert.equal((result.object as { fmsVer: string }).fmsVer, "FMS/3,0,1,123");
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ["connect"],
  );
});

// Each encoder's own order of commands, as it sends them.
const publishers: { client: string; calls: readonly (readonly [string, number, ...Amf[]])[]; streams: number }[] = [
  {
    client: "FFmpeg",
    calls: [
      ["releaseStream", 2, "cam"],
      ["FCPublish", 3, "cam"],
      ["createStream", 4],
    ],
    streams: 1,
  },
  {
    client: "OBS",
    calls: [
      ["releaseStream", 2, "cam"],
      ["FCPublish", 3, "cam"],
      ["createStream", 4],
    ],
    streams: 1,
  },
  {
    client: "OBS with several streams",
    calls: [
      ["createStream", 2],
      ["createStream", 3],
      ["createStream", 4],
    ],
    streams: 3,
  },
  {
    client: "FMLE",
    calls: [
      ["releaseStream", 2, "cam"],
      ["FCPublish", 3, "cam"],
      ["createStream", 4],
      ["_checkbw", 5],
    ],
    streams: 1,
  },
  {
    client: "GStreamer",
    calls: [
      ["releaseStream", 2, "cam"],
      ["FCPublish", 3, "cam"],
      ["createStream", 4],
    ],
    streams: 1,
  },
  {
    client: "an encoder with a command of its own",
    calls: [
      ["createStream", 2],
      ["xyzzy", 3],
    ],
    streams: 1,
  },
];
for (const { client, calls, streams } of publishers) {
  test(`${client} publishes: every call is answered, publish is asked once, the status is on the right stream`, () => {
    const { server, events, connect, call, stream, commands, statuses } = connection();
    connect();
    for (const [name, transaction, ...args] of calls) call(name, transaction, ...args);
    for (const [name, transaction] of calls) {
      const reply = answer(commands(), transaction);
      assert.equal(reply?.name, name === "xyzzy" ? "_error" : "_result", name);
    }
    const ids = calls
      .filter(([name]) => name === "createStream")
      .map(([, transaction]) => answer(commands(), transaction)?.args[0]);
    assert.deepEqual(
      ids,
      Array.from({ length: streams }, (_, index) => index + 1),
    );
    assert.deepEqual(kinds(events), ["connect"]);
    stream(streams, "publish", "cam?key=abc", "live");
    const asked = events.at(-1);
    assert.equal(asked?.kind, "publish");
    assert.ok(
      asked?.kind === "publish" &&
        asked.address.name === "cam" &&
        asked.address.query.get("key") === "abc" &&
        asked.streamId === streams,
    );
    assert.deepEqual(statuses(), []);
    server.acceptPublish(streams);
    assert.deepEqual(statuses(), [[streams, "Publish.Start"]]);
  });
}

test("FCPublish is told that it may, as FMLE waits for", () => {
  const { connect, call, commands } = connection();
  connect();
  call("FCPublish", 3, "cam");
  assert.ok(commands().some(({ name }) => name === "onFCPublish"));
});

test("createStream's answer is exactly a string, a number, null and a number", () => {
  const { connect, call, sent } = connection();
  connect();
  call("createStream", 7);
  assert.deepEqual(sent.at(-1)?.body, encodeAmf0("_result", 7, null, 1));
});

test("at most sixteen streams, and the seventeenth is refused, not the connection", () => {
  const { connect, call, commands } = connection();
  connect();
  for (let transaction = 2; transaction <= 18; transaction++) call("createStream", transaction);
  assert.equal(answer(commands(), 17)?.name, "_result");
  assert.equal(answer(commands(), 18)?.name, "_error");
});

test("media that comes before the answer is kept, and passed on after it in order", () => {
  const { server, events, connect, call, stream, send } = connection();
  connect();
  call("createStream", 2);
  stream(1, "publish", "cam", "live");
  send(video(0), video(40));
  assert.ok(!kinds(events).includes("media"));
  server.acceptPublish(1);
  send(video(80));
  assert.deepEqual(
    events.flatMap((event) => (event.kind === "media" ? [event.timestampMs] : [])),
    [0, 40, 80],
  );
});

test("media is kept within a bound while the answer is out", () => {
  const { server, events, connect, call, stream, send } = connection();
  connect();
  call("createStream", 2);
  stream(1, "publish", "cam", "live");
  send(setChunkSize(1 << 20));
  for (let count = 0; count < 10; count++)
    server.receive(encodeMessage(6, { type: 9, streamId: 1, timestampMs: 0, body: new Uint8Array(1 << 20) }, 1 << 20));
  server.acceptPublish(1);
  assert.equal(kinds(events).filter((kind) => kind === "media").length, 3);
  assert.equal(server.ignored, 7);
});

test("a refusal is said on the stream, in the protocol's words, and the stream may try again", () => {
  const { server, connect, call, stream, commands, statuses, events } = connection();
  connect();
  call("createStream", 2);
  stream(1, "publish", "cam", "live");
  server.rejectPublish(1, "NetStream.Publish.BadName", "it is live already");
  assert.deepEqual(statuses(), [[1, "Publish.BadName"]]);
  assert.equal((commands().at(-1)?.args[0] as { level: string } | undefined)?.level, "error");
  stream(1, "publish", "other", "live");
  assert.equal(kinds(events).filter((kind) => kind === "publish").length, 2);
});

test("media where nothing is published is counted, not fatal; metadata on stream 0 is for the only publisher", () => {
  const { server, events, connect, call, stream, send } = connection();
  connect();
  call("createStream", 2);
  send(video(0, 5));
  stream(1, "publish", "cam", "live");
  server.acceptPublish(1);
  send({ type: 18, streamId: 0, timestampMs: 0, body: encodeAmf0("@setDataFrame", "onMetaData", {}) });
  send(video(0, 0));
  assert.equal(server.ignored, 2);
  assert.deepEqual(
    events.flatMap((event) => (event.kind === "media" ? [[event.type, event.streamId]] : [])),
    [[18, 1]],
  );
});
