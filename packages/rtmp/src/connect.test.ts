import assert from "node:assert/strict";
import test from "node:test";
import { MalformedError } from "@sluice/media";
import fc from "fast-check";
import { answer, connection, kinds, video } from "../testing/connection.ts";
import { encodeMessage } from "./chunk-encoder.ts";
import { encodeCommand } from "./command.ts";
import type { Message } from "./message.ts";

const connectCommand = encodeCommand(0, "connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" });
/** A client that waits for nothing. */
const hasty: Message[] = [
  connectCommand,
  encodeCommand(0, "createStream", 2, null),
  encodeCommand(1, "publish", 0, null, "cam", "live"),
  video(0),
  video(40),
];

test("connect is accepted at once, with the same bytes whether the host answers or nobody does", () => {
  const silent = connection();
  silent.connect();
  const answering = connection({ answersConnect: true });
  answering.connect();
  assert.equal(answering.server.phase, "connecting");
  assert.equal(answer(answering.commands(), 1), undefined);
  answering.server.acceptConnect();
  assert.equal(answering.server.phase, "connected");
  assert.deepEqual(answering.sent, silent.sent);
  assert.deepEqual(answering.writes, silent.writes);
  assert.deepEqual(kinds(answering.events), ["connect"]);
});

test("what comes before the answer waits for it, in order", () => {
  const { server, events, send, commands } = connection({ answersConnect: true });
  send(...hasty);
  assert.deepEqual(kinds(events), ["connect"]);
  server.acceptConnect();
  assert.deepEqual(kinds(events), ["connect", "publish"]);
  assert.equal(answer(commands(), 2)?.args[0], 1);
  server.acceptPublish(1);
  send(video(80));
  const media = events.flatMap((event) => (event.kind === "media" ? [event.timestampMs] : []));
  assert.deepEqual(media, [0, 40, 80]);
});

test("a late answer means the same wherever the network has cut the bytes", () => {
  const wire = Buffer.concat(hasty.map((message) => encodeMessage(message.type === 20 ? 3 : 4, message, 128)));
  const outcome = (cuts: readonly number[], answerAfter: number) => {
    const { server, events, commands } = connection({ answersConnect: true });
    const borders = [0, ...[...cuts].sort((a, b) => a - b), wire.length];
    let answered = false;
    for (const [index, start] of borders.entries()) {
      const end = borders[index + 1];
      if (end !== undefined) server.receive(wire.subarray(start, end));
      if (answered || events.length === 0 || index < answerAfter) continue;
      answered = true;
      server.acceptConnect();
    }
    if (!answered) server.acceptConnect();
    server.acceptPublish(1);
    return { events, names: commands().map(({ name }) => name) };
  };
  const whole = outcome([], 0);
  assert.deepEqual(kinds(whole.events), ["connect", "publish", "media", "media"]);
  fc.assert(
    fc.property(fc.array(fc.nat(wire.length), { maxLength: 12 }), fc.nat(13), (cuts, answerAfter) => {
      assert.deepEqual(outcome(cuts, answerAfter), whole);
    }),
  );
});

test("a client that is turned away learns why, and nothing that it says counts any more", () => {
  const { server, events, send, commands, sent } = connection({ answersConnect: true });
  send(...hasty.slice(0, 3));
  server.rejectConnect("[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ]");
  send(...hasty.slice(1));
  const [refused, ...more] = commands();
  assert.deepEqual(more, []);
  assert.equal(sent.length, 1);
  assert.deepEqual([refused?.name, refused?.transaction, refused?.object], ["_error", 1, null]);
  assert.deepEqual(
    { ...(refused?.args[0] as object) },
    {
      level: "error",
      code: "NetConnection.Connect.Rejected",
      description: "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ]",
    },
  );
  assert.deepEqual(kinds(events), ["connect"]);
  assert.equal(server.phase, "connecting");
});

test("only so much waits for the answer", () => {
  const { send } = connection({ answersConnect: true });
  send(connectCommand);
  const large: Message = { type: 9, streamId: 1, timestampMs: 0, body: new Uint8Array(60_000) };
  send(large, large, large, large);
  assert.throws(
    () => send(large),
    (error) => error instanceof MalformedError && error.code === "rtmp/held-bytes",
  );
});

test("there is one answer to one connect", () => {
  const stateError = (error: unknown) => error instanceof MalformedError && error.code === "rtmp/state";
  const { server, connect } = connection({ answersConnect: true });
  assert.throws(() => server.acceptConnect(), stateError);
  connect();
  server.acceptConnect();
  assert.throws(() => server.acceptConnect(), stateError);
  assert.throws(() => server.rejectConnect("too late"), stateError);
  assert.throws(() => connect(), stateError);
});
