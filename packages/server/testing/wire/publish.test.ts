import assert from "node:assert/strict";
import { type Amf, encodeAmf0 } from "@sluice/media";
import type { AccessRequest } from "../../src/core/access.ts";
import { Grants } from "../../src/core/grants.ts";
import { authoriser } from "../../src/services/auth/authoriser.ts";
import { keyLink } from "../../src/services/auth/stream-keys.ts";
import { until } from "../host.ts";
import { type Peer, peer, player, publisher } from "../peer.ts";
import { bodies, bytes, chunked, command } from "../wire-bytes.ts";
import { logged, wireCase } from "../wire-case.ts";

// Each encoder's own order of calls, and what it says to end.
const flows: readonly {
  client: string;
  calls: readonly (readonly [string, ...Amf[]])[];
  end: readonly (readonly [string, Amf])[];
}[] = [
  {
    client: "FFmpeg",
    calls: [["releaseStream", "cam"], ["FCPublish", "cam"], ["createStream"], ["_checkbw"]],
    end: [
      ["FCUnpublish", "cam"],
      ["deleteStream", 1],
    ],
  },
  {
    client: "FMLE",
    calls: [["releaseStream", "cam"], ["FCPublish", "cam"], ["createStream"]],
    end: [
      ["FCUnpublish", "cam"],
      ["deleteStream", 1],
    ],
  },
  {
    client: "OBS",
    calls: [["releaseStream", "cam"], ["FCPublish", "cam"], ["createStream"]],
    end: [["deleteStream", 1]],
  },
  { client: "librtmp", calls: [["createStream"], ["_checkbw"]], end: [["deleteStream", 1]] },
];
const asked: AccessRequest[] = [];
const counting = {
  access: {
    decide: (request: AccessRequest) => {
      asked.push(request);
      return { allowed: true } as const;
    },
  },
};

for (const { client, calls, end } of flows) {
  wireCase(
    `6.21 ${client} publishes: every call is answered, access is asked once, the status is on stream 1`,
    async ({ rtmp, host }) => {
      asked.length = 0;
      const made = await (await peer(rtmp)).connect();
      for (const [name, ...args] of calls) assert.equal((await made.call(name, ...args)).name, "_result", name);
      const calledBack = made.commands.filter(({ name }) => name === "onFCPublish");
      assert.equal(calledBack.length, calls.some(([name]) => name === "FCPublish") ? 1 : 0);
      assert.equal(asked.length, 0);
      made.tell(1, "publish", "cam", "live");
      assert.deepEqual(await made.status(/Publish/), {
        streamId: 1,
        level: "status",
        code: "NetStream.Publish.Start",
        description: "publishing",
      });
      assert.deepEqual(
        asked.map(({ action }) => action),
        ["publish"],
      );
      made.send(1, [9, 0, bodies.VSH], [9, 0, bodies.VI]);
      for (const [name, argument] of end) made.tell(0, name, argument);
      await until(() => [...host.hub.streams].length === 0, "the stream has ended");
      assert.match(String((await logged(host, /publisher ended/)).reason), /the publisher ended it/);
      const told = end.some(([name]) => name === "FCUnpublish") ? ["Unpublish.Success"] : [];
      await until(() => made.codes.length > told.length, "the publisher has been told");
      assert.deepEqual(made.codes.slice(1), told);
      assert.equal(asked.length, 1);
      made.socket.destroy();
    },
    counting,
  );
}

wireCase("6.21 the answers to createStream and publish are these bytes", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  const before = made.received.length;
  await made.call("createStream");
  made.tell(1, "publish", "cam", "live");
  await made.status(/Publish\.Start/);
  const start = encodeAmf0("onStatus", 0, null, {
    level: "status",
    code: "NetStream.Publish.Start",
    description: "publishing",
  });
  assert.deepEqual(
    made.received.subarray(before),
    Buffer.concat([
      bytes("03 000000 00001d 14 00000000 02 0007 5f726573756c74 00 4000000000000000 05 00 3ff0000000000000"),
      bytes("02 000000 000006 04 00000000 0000 00000001"),
      chunked(3, 20, 1, 0, start, 65_536),
    ]),
  );
});

wireCase(
  "6.21 calls that are only courtesies get a plain yes, unknown ones a failure; without a transaction neither",
  async ({ rtmp }) => {
    const made = await (await peer(rtmp)).connect();
    for (const name of [
      "releaseStream",
      "FCPublish",
      "FCUnpublish",
      "FCSubscribe",
      "getStreamLength",
      "_checkbw",
      "setPeerInfo",
    ])
      assert.equal((await made.call(name, "cam")).name, "_result", name);
    const failed = await made.call("xyzzy", "cam");
    assert.equal(failed.name, "_error");
    const [information] = failed.args as [{ level: string; code: string }];
    assert.deepEqual([information.level, information.code], ["error", "NetConnection.Call.Failed"]);
    const before = made.messages.length;
    for (const name of ["releaseStream", "xyzzy", "_checkbw", "setPeerInfo", "close"]) made.tell(0, name, "cam");
    assert.equal((await made.call("createStream")).args[0], 1);
    assert.equal(made.messages.length, before + 1);
  },
);

for (const type of ["live", "record", "append", "sideways", undefined, null, 7]) {
  wireCase(`6.21 publish of type ${type} publishes`, async ({ rtmp }) => {
    const made = await (await peer(rtmp)).connect();
    await made.call("createStream");
    if (type === undefined) made.tell(1, "publish", "cam");
    else made.tell(1, "publish", "cam", type);
    await made.status(/Publish\.Start/);
  });
}

for (const [what, steps] of [
  ["a command before connect", async (made: Peer) => made.write(command(0, "createStream", 2, null))],
  ["a second connect", async (made: Peer) => (await made.connect()).write(command(0, "connect", 2, { app: "live" }))],
  ["publish on a stream that is not there", async (made: Peer) => (await made.connect()).tell(5, "publish", "cam")],
] as const) {
  wireCase(`6.21 ${what} ends the connection`, async ({ rtmp, host }) => {
    const made = await peer(rtmp);
    if (what.endsWith("before connect")) await made.shake();
    await steps(made);
    await until(() => made.closed, "the connection is closed");
    assert.equal((await logged(host, /connection closed/)).code, "rtmp/state");
  });
}

wireCase(
  "6.21 media and metadata that come before Publish.Start are kept, and used after it in order",
  async ({ rtmp }) => {
    const made = await (await peer(rtmp)).connect();
    await made.call("createStream");
    made.tell(1, "publish", "cam");
    made.send(
      1,
      [18, 0, encodeAmf0("@setDataFrame", "onMetaData", { width: 64 })],
      [9, 0, bodies.VSH],
      [8, 0, bodies.ASH],
    );
    made.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF], [9, 40, bodies.VP]);
    assert.deepEqual(made.codes, []);
    await made.status(/Publish\.Start/);
    made.send(1, [9, 80, bodies.VP]);
    const viewer = await player(rtmp, "cam");
    await until(() => viewer.media(9).length === 4, "all pictures have arrived");
    assert.deepEqual(
      viewer.media(9).map(({ body }) => Buffer.from(body)),
      [bodies.VSH, bodies.VI, bodies.VP, bodies.VP],
    );
    assert.equal(viewer.media(18).length, 1);
  },
  { access: { decide: async () => new Promise((resolve) => setTimeout(() => resolve({ allowed: true }), 150)) } },
);

wireCase(
  "6.21 media where nothing is published is left out; metadata on stream 0 is for the only publisher",
  async ({ rtmp }) => {
    const source = await publisher(rtmp, "cam");
    source.send(7, [9, 0, bodies.VP]);
    source.send(0, [9, 0, bodies.VP], [18, 0, encodeAmf0("@setDataFrame", "onMetaData", { width: 64 })]);
    source.send(1, [9, 0, bodies.VI]);
    const viewer = await player(rtmp, "cam");
    await until(() => viewer.media(9).length === 2, "the keyframe has arrived");
    assert.equal(viewer.media(18).length, 1);
  },
);

wireCase("6.21 publish(false), as Flash stops, ends the stream and lets it publish again", async ({ rtmp, host }) => {
  const source = await publisher(rtmp, "cam");
  source.send(1, [9, 0, bodies.VI]);
  source.tell(1, "publish", false);
  await until(() => [...host.hub.streams].length === 0, "the stream has ended");
  source.tell(1, "publish", "again");
  await until(() => source.codes.length === 2, "it publishes again");
  assert.deepEqual(source.codes, ["Publish.Start", "Publish.Start"]);
});

const secret = "a-secret-stream-key";
for (const [name, rule, words] of [
  ["cam?key=wrong-stream-key", "stream-key/wrong", /not valid/],
  ["cam?key=", "stream-key/missing", /a stream key is needed/],
  ["cam", "stream-key/missing", /a stream key is needed/],
  [`cam?key=${"k".repeat(1000)}`, "stream-key/wrong", /not valid/],
] as const) {
  wireCaseWithKey(
    `6.21 ${name.slice(0, 30)} is told that it is Unauthorized, then closed, and logged with the rule`,
    async ({ rtmp, host }) => {
      const made = await (await peer(rtmp)).connect();
      await made.call("createStream");
      made.tell(1, "publish", name, "live");
      made.send(1, [9, 0, bodies.VSH], [9, 0, bodies.VI]);
      const { streamId, level, code, description } = await made.status(/Publish/);
      assert.deepEqual([streamId, level, code], [1, "error", "NetStream.Publish.Unauthorized"]);
      assert.match(description, words);
      await until(() => made.closed, "the connection is closed");
      assert.equal((await logged(host, /publisher refused/)).rule, rule);
      assert.ok(!JSON.stringify(host.lines).includes("wrong-stream-key"));
      assert.deepEqual(made.codes, ["Publish.Unauthorized"]);
    },
  );
}

/** A case whose publishers need a key; the case's own newcomers show it. */
function wireCaseWithKey(name: string, run: Parameters<typeof wireCase>[1]): void {
  const publish = [keyLink({ configured: () => [secret] })];
  const keys = authoriser({
    app: () => ({ publish, play: [], open: false }),
    grants: new Grants(),
    rules: [],
    refused: () => {},
  });
  const access = {
    decide: (request: AccessRequest) =>
      request.stream.name === "alive" ? ({ allowed: true } as const) : keys.decide(request),
  };
  wireCase(name, run, { access });
}

wireCaseWithKey("6.21 the right key publishes, and is in no line of the log", async ({ rtmp, host }) => {
  await publisher(rtmp, `cam?key=${secret}`);
  assert.ok(!JSON.stringify(host.lines).includes(secret));
});

wireCase("6.21 an app that is not configured is a BadName, with words that say so", async ({ rtmp, host }) => {
  const made = await (await peer(rtmp)).connect({ app: "other", tcUrl: "rtmp://h/other" });
  await made.call("createStream");
  made.tell(1, "publish", "cam");
  const { code, level, description } = await made.status(/Publish/);
  assert.deepEqual([code, level], ["NetStream.Publish.BadName", "error"]);
  assert.match(description, /no app other/);
  await until(() => made.closed, "the connection is closed");
  assert.equal((await logged(host, /publisher refused/)).rule, "stream/app");
});
