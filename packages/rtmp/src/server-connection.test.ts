import assert from "node:assert/strict";
import test from "node:test";
import { encodeAmf0, MalformedError } from "@sluice/media";
import { connection, kinds, video } from "../testing/connection.ts";
import { setPeerBandwidth, userControl, windowAckSize } from "./control.ts";
import { type Message, MessageType } from "./message.ts";

const nameless: Message = { type: MessageType.command, streamId: 0, timestampMs: 0, body: encodeAmf0(1, 2) };

for (const end of ["FCUnpublish", "deleteStream", "closeStream", "publish(false)"]) {
  test(`${end} ends publishing, once`, () => {
    const { server, events, connect, call, stream } = connection();
    connect();
    call("createStream", 2);
    stream(1, "publish", "cam", "live");
    server.acceptPublish(1);
    if (end === "closeStream") stream(1, end);
    else if (end === "publish(false)") stream(1, "publish", false);
    else call(end, 5, end === "FCUnpublish" ? "cam" : 1);
    call("deleteStream", 0, 1);
    assert.equal(kinds(events).filter((kind) => kind === "unpublish").length, 1);
  });
}

test("one connection may publish and play its own stream", () => {
  const { server, events, connect, call, stream, send } = connection();
  connect();
  call("createStream", 2);
  call("createStream", 3);
  stream(1, "publish", "cam", "live");
  server.acceptPublish(1);
  stream(2, "play", "cam");
  server.acceptPlay(2);
  send(video(0));
  assert.deepEqual(kinds(events), ["connect", "publish", "play", "media"]);
});

test("a ping is answered with its own time, and windows and bandwidths are heeded", () => {
  const { server, sent, connect, send } = connection();
  connect();
  const before = sent.length;
  send(userControl({ kind: "ping request", timestamp: 77 }));
  assert.deepEqual(sent.at(-1), userControl({ kind: "ping response", timestamp: 77 }));
  send(setPeerBandwidth(1234, 2), setPeerBandwidth(1234, 2));
  assert.deepEqual(sent.at(-1), windowAckSize(1234));
  assert.equal(sent.length, before + 2);
  send(
    windowAckSize(40_000),
    { type: 5, streamId: 0, timestampMs: 0, body: Uint8Array.of(1) },
    { type: 4, streamId: 0, timestampMs: 0, body: Uint8Array.of(1) },
  );
  for (let count = 0; count < 1000; count++) send({ type: 16, streamId: 0, timestampMs: 0, body: new Uint8Array(100) });
  assert.equal(sent.filter(({ type }) => type === MessageType.acknowledgement).length, 2);
  assert.ok(server.ignored >= 1000);
});

test("commands of type 17, with and without the byte before them, and AMF3 values in them", () => {
  for (const head of [[0], []]) {
    const { send, events } = connection();
    const body = Uint8Array.from([
      ...head,
      ...encodeAmf0("connect", 1),
      0x11,
      0x0a,
      0x0b,
      1,
      7,
      0x61,
      0x70,
      0x70,
      6,
      9,
      0x6c,
      0x69,
      0x76,
      0x65,
      1,
    ]);
    send({ type: 17, streamId: 0, timestampMs: 0, body });
    assert.ok(events[0]?.kind === "connect" && events[0].app === "live");
  }
});

for (const [name, script] of [
  ["a command before connect", (c: ReturnType<typeof connection>) => c.call("createStream", 2)],
  ["a second connect", (c: ReturnType<typeof connection>) => [c.connect(), c.connect()]],
  [
    "publishing on a stream that is not there",
    (c: ReturnType<typeof connection>) => [c.connect(), c.stream(3, "publish", "cam")],
  ],
  [
    "the eighth command in a row without a name",
    (c: ReturnType<typeof connection>) => c.send(...Array.from({ length: 8 }, () => nameless)),
  ],
] as const) {
  test(`${name} ends the connection with a code`, () =>
    assert.throws(
      () => script(connection()),
      (error) => error instanceof MalformedError && /^rtmp\//.test(error.code),
    ));
}

test("connect without anything is still answered", () => {
  for (const object of [null, {}, { tcurl: "rtmp://h/live" }, { app: 5 }]) {
    const { connect, commands } = connection();
    connect(object);
    assert.equal(commands()[0]?.name, "_result");
  }
});

test("a command that cannot be read is left out, and the next one is heard", () => {
  const { server, send, connect, call, commands } = connection();
  const reserved = Uint8Array.from([...encodeAmf0("connect", 1), 0x0e]);
  send({ type: MessageType.command, streamId: 0, timestampMs: 0, body: reserved }, nameless);
  connect();
  for (let count = 0; count < 20; count++) {
    send(nameless);
    call("_checkbw", 2);
  }
  assert.equal(server.ignored, 22);
  assert.equal(commands().filter(({ name }) => name === "_result").length, 21);
});
