import assert from "node:assert/strict";
import { type Amf, encodeAmf0 } from "@sluice/media";
import { until } from "../host.ts";
import { type Peer, peer, player, publisher } from "../peer.ts";
import { bodies, bytes } from "../wire-bytes.ts";
import { logged, type WireServer, wireCase } from "../wire-case.ts";

const picture = (body: Uint8Array) => body[1] === 1;
const shown = (viewer: Peer) => viewer.media(9).filter(({ body }) => picture(body));
/** What a viewer got, in short. */
const words = new Map([
  [bodies.VSH.toString("hex"), "VSH"],
  [bodies.VI.toString("hex"), "VI"],
  [bodies.VP.toString("hex"), "VP"],
  [bodies.ASH.toString("hex"), "ASH"],
  [bodies.AF.toString("hex"), "AF"],
]);
function said({ messages }: Peer, from = 0): string[] {
  return messages.slice(from).map(({ type, body }) => {
    if (type === 4) return `control ${Buffer.from(body).toString("hex")}`;
    if (type === 20)
      return /Net(?:Stream|Connection)\.([A-Za-z.]+)/.exec(Buffer.from(body).toString("latin1"))?.[1] ?? "command";
    return words.get(Buffer.from(body).toString("hex")) ?? (type === 18 ? "data" : `type ${type}`);
  });
}

/** A stream with metadata, a whole group of pictures and sound. */
async function onAir({ rtmp }: WireServer, name = "cam"): Promise<Peer> {
  const source = await publisher(rtmp, name);
  source.send(1, [18, 0, encodeAmf0("@setDataFrame", "onMetaData", { width: 64 })]);
  source.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF], [9, 40, bodies.VP]);
  await source.settled();
  return source;
}

const starts: Amf[][] = [
  [],
  [-2],
  [-1],
  [-2000],
  [-1000],
  [0],
  [Number.NaN],
  [null],
  ["live"],
  [0, -1],
  [-2, -1, true],
  [-2, -1, 1],
  [-2, -1, 3],
  [3600],
];
for (const args of starts) {
  wireCase(
    `6.23 play(cam${args.map((each) => `, ${each}`).join("")}) plays what is live, in the order that clients need`,
    async (server) => {
      const source = await onAir(server);
      const made = await (await peer(server.rtmp)).connect();
      await made.call("createStream");
      const before = made.messages.length;
      made.tell(1, "play", "cam", ...args);
      await until(() => shown(made).length === 2, "both pictures have arrived");
      assert.deepEqual(said(made, before), [
        "control 000000000001",
        "Play.Reset",
        "Play.Start",
        "data",
        "VSH",
        "ASH",
        "VI",
        "AF",
        "VP",
      ]);
      assert.ok(made.messages.slice(before + 1).every(({ streamId }) => streamId === 1));
      assert.ok(!source.closed);
    },
  );
}

for (const reset of [false, 0, 2]) {
  wireCase(`6.23 play with a reset of ${reset} is not told that it plays anew`, async (server) => {
    await onAir(server);
    assert.deepEqual((await player(server.rtmp, "cam", -2, -1, reset)).codes, ["Play.Start"]);
  });
}

wireCase(
  "6.23 a viewer waits for a stream that is not there, and is told when it comes, before its media",
  async ({ rtmp }) => {
    const viewer = await player(rtmp, "later");
    const before = viewer.messages.length;
    const source = await publisher(rtmp, "later");
    source.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF]);
    await until(() => viewer.media(8).length === 2, "the first sound has arrived");
    assert.deepEqual(said(viewer, before), ["control 000000000001", "Play.PublishNotify", "VSH", "ASH", "VI", "AF"]);
  },
);

wireCase(
  "6.23 a viewer does not wait for ever, and nothing is left of what it waited for",
  async ({ rtmp, host }) => {
    const viewer = await player(rtmp, "never");
    assert.equal([...host.hub.streams].length, 1);
    await viewer.status(/UnpublishNotify/);
    await until(() => viewer.closed, "the viewer is closed");
    assert.equal([...host.hub.streams].length, 0);
    assert.match(String((await logged(host, /viewer ended/)).reason), /did not come/);
  },
  { rtmp: { waitTimeout: "1500ms" } },
);

wireCase("6.23 a viewer may wait on so many streams at once as a connection has", async ({ rtmp, host }) => {
  const made = await (await peer(rtmp)).connect();
  for (let id = 1; id <= 16; id++) {
    await made.call("createStream");
    for (let count = 0; count < 20; count++) made.tell(id, "play", `none-${id}-${count}`);
  }
  await made.settled();
  assert.equal([...host.hub.streams].length, 16);
  assert.equal(host.sessions.size, 16);
  made.socket.destroy();
  await until(() => [...host.hub.streams].length === 0, "nothing is left of it");
});

for (const name of ["", "..", "a b", "x".repeat(200)]) {
  wireCase(
    `6.23 a name that is not allowed (${name.slice(0, 8)}) is not found, and the connection closed`,
    async ({ rtmp }) => {
      const made = await (await peer(rtmp)).connect();
      await made.call("createStream");
      made.tell(1, "play", name);
      const { code, level, streamId } = await made.status(/Play/);
      assert.deepEqual([code, level, streamId], ["NetStream.Play.StreamNotFound", "error", 1]);
      await until(() => made.closed, "the connection is closed");
    },
  );
}

wireCase(
  "6.24 pause stops the media; its end is said, and then the stream goes on at the next keyframe with its headers",
  async (server) => {
    const source = await onAir(server);
    const viewer = await player(server.rtmp, "cam");
    await until(() => shown(viewer).length === 2, "the viewer watches");
    viewer.tell(1, "pause", true, 0);
    await viewer.status(/Pause\.Notify/);
    const before = viewer.messages.length;
    for (let time = 80; time < 4000; time += 40) source.send(1, [9, time, bodies.VP], [8, time, bodies.AF]);
    source.send(1, [9, 4000, bodies.VI], [9, 4040, bodies.VP]);
    await source.settled();
    await viewer.settled();
    assert.deepEqual(said(viewer, before), ["command"]);
    viewer.tell(1, "pause", false, 0);
    await until(() => shown(viewer).length === 4, "the viewer goes on");
    assert.deepEqual(said(viewer, before + 1), ["Unpause.Notify", "data", "VSH", "ASH", "VI", "VP"]);
    for (const cursor of [...server.host.hub.streams].flatMap(({ cursors }) => [...cursors]))
      assert.equal(cursor.socket.writableLength, 0);
  },
);

wireCase("6.24 what a paused viewer wants to hear and see changes nothing before it goes on", async (server) => {
  const source = await onAir(server);
  const viewer = await player(server.rtmp, "cam");
  await until(() => shown(viewer).length === 2, "the viewer watches");
  viewer.tell(1, "pause", true, 0);
  viewer.tell(1, "receiveAudio", false);
  await viewer.settled();
  const before = viewer.messages.length;
  source.send(1, [9, 80, bodies.VI], [8, 80, bodies.AF], [9, 120, bodies.VI]);
  await source.settled();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(said(viewer, before), []);
  viewer.tell(1, "pause", false, 0);
  await until(() => shown(viewer).length === 3, "the viewer goes on");
  assert.ok(said(viewer, before).every((word) => word !== "AF" && word !== "ASH"));
});

wireCase(
  "6.24 receiveVideo and receiveAudio: false stops that kind without an answer, true begins anew at a keyframe",
  async (server) => {
    const source = await onAir(server);
    const viewer = await player(server.rtmp, "cam");
    await until(() => shown(viewer).length === 2, "the viewer watches");
    let before = viewer.messages.length;
    viewer.tell(1, "receiveVideo", false);
    await viewer.settled();
    source.send(1, [9, 80, bodies.VI], [8, 80, bodies.AF], [9, 120, bodies.VP], [8, 120, bodies.AF]);
    await until(() => said(viewer, before).filter((word) => word === "AF").length === 2, "both sounds have arrived");
    assert.deepEqual(
      said(viewer, before).filter((word) => word !== "data" && word !== "ASH"),
      ["command", "AF", "AF"],
    );
    before = viewer.messages.length;
    viewer.tell(1, "receiveVideo", true);
    await viewer.settled();
    source.send(1, [9, 160, bodies.VP], [8, 160, bodies.AF], [9, 200, bodies.VI], [8, 200, bodies.AF]);
    await until(() => said(viewer, before).includes("VI"), "the keyframe has arrived");
    const again = said(viewer, before);
    assert.deepEqual(again.slice(0, 2), ["Seek.Notify", "Play.Start"]);
    assert.ok(again.indexOf("VSH") < again.indexOf("VI") && !again.includes("VP"));
    before = viewer.messages.length;
    viewer.tell(1, "receiveAudio", false);
    await viewer.settled();
    source.send(1, [9, 240, bodies.VI], [8, 240, bodies.AF], [9, 280, bodies.VP], [8, 280, bodies.AF]);
    await until(() => said(viewer, before).includes("VP"), "both pictures have arrived");
    assert.ok(said(viewer, before).every((word) => word !== "AF" && word !== "Seek.Notify"));
  },
);

wireCase("6.24 what a viewer wants already is confirmed, and interrupts nothing", async (server) => {
  const source = await onAir(server);
  const viewer = await player(server.rtmp, "cam");
  await until(() => shown(viewer).length === 2, "the viewer watches");
  viewer.tell(1, "receiveAudio", true);
  await viewer.status(/Seek\.Notify/);
  source.send(1, [9, 80, bodies.VP]);
  await until(() => shown(viewer).length === 3, "the next picture has arrived");
});

wireCase("6.24 seek on a live stream fails and is said to; the stream goes on", async (server) => {
  const source = await onAir(server);
  const viewer = await player(server.rtmp, "cam");
  await until(() => shown(viewer).length === 2, "the viewer watches");
  viewer.tell(1, "seek", 1000);
  assert.equal((await viewer.status(/Seek/)).code, "NetStream.Seek.Failed");
  source.send(1, [9, 80, bodies.VP]);
  await until(() => shown(viewer).length === 3, "the next picture has arrived");
});

for (const change of [
  ["play2", { streamName: "other", oldStreamName: "cam", transition: "switch" }],
  ["play", "other"],
] as const) {
  wireCase(`6.24 ${change[0]} changes to another stream on the same NetStream`, async (server) => {
    const [one, other] = [await onAir(server), await onAir(server, "other")];
    const viewer = await player(server.rtmp, "cam");
    await until(() => shown(viewer).length === 2, "the viewer watches");
    const before = viewer.messages.length;
    viewer.tell(1, change[0], change[1]);
    await until(() => shown(viewer).length === 4, "the viewer watches the other stream");
    assert.deepEqual(said(viewer, before).slice(0, 6), [
      "control 000000000001",
      "Play.Reset",
      "Play.Start",
      "data",
      "VSH",
      "ASH",
    ]);
    one.send(1, [9, 80, bodies.VP]);
    other.send(1, [9, 80, bodies.VP], [9, 120, bodies.VP]);
    await until(() => shown(viewer).length === 6, "it goes on");
    await viewer.settled();
    assert.equal(shown(viewer).length, 6);
  });
}

wireCase(
  "6.24 deleteStream and closeStream stop the stream that they name, without an answer, and nothing else",
  async (server) => {
    const source = await onAir(server);
    const viewer = await player(server.rtmp, "cam");
    await viewer.call("createStream");
    viewer.tell(2, "play", "cam");
    const on = (id: number) => shown(viewer).filter(({ streamId }) => streamId === id).length;
    await until(() => on(1) === 2 && on(2) === 2, "both watch");
    for (const id of [Number.NaN, -1, 1e300, 7, Number.POSITIVE_INFINITY, null, "1"])
      viewer.tell(0, "deleteStream", id);
    await viewer.settled();
    const before = viewer.messages.length;
    viewer.tell(2, "closeStream");
    await viewer.settled();
    source.send(1, [9, 80, bodies.VP]);
    await until(() => on(1) === 3, "the first goes on");
    assert.deepEqual(said(viewer, before), ["command", "VP"]);
    viewer.tell(0, "deleteStream", 1);
    await viewer.settled();
    source.send(1, [9, 120, bodies.VP]);
    await source.settled();
    viewer.tell(2, "play", "cam");
    await until(() => on(2) >= 5, "the second plays again");
    assert.equal(on(1), 3);
  },
);

wireCase(
  "6.25 the end of a stream is EOF and UnpublishNotify after its last picture, and the end of the connection",
  async (server) => {
    const source = await onAir(server);
    const viewer = await player(server.rtmp, "cam");
    await until(() => shown(viewer).length === 2, "the viewer watches");
    const before = viewer.messages.length;
    source.send(1, [9, 80, bodies.VP]);
    source.tell(0, "deleteStream", 1);
    await until(() => viewer.closed, "the viewer is closed");
    assert.deepEqual(said(viewer, before), ["VP", "control 000100000001", "Play.UnpublishNotify"]);
    assert.ok(viewer.received.includes(bytes("02 000000 000006 04 00000000 0001 00000001")));
    assert.deepEqual([viewer.statuses.at(-1)?.streamId, viewer.statuses.at(-1)?.level], [1, "status"]);
  },
);

wireCase("6.25 viewers of a lost publisher are told nothing, and go on with it when it returns", async (server) => {
  const source = await onAir(server);
  const viewer = await player(server.rtmp, "cam");
  await until(() => shown(viewer).length === 2, "the viewer watches");
  const before = viewer.messages.length;
  source.socket.resetAndDestroy();
  await logged(server.host, /publisher ended/);
  const again = await publisher(server.rtmp, "cam");
  again.send(1, [9, 0, bodies.VP], [9, 40, bodies.VI], [9, 80, bodies.VP]);
  await until(() => shown(viewer).length === 4, "the viewer goes on");
  assert.deepEqual(said(viewer, before), ["VI", "VP"]);
  assert.deepEqual(
    shown(viewer).map(({ timestampMs }) => timestampMs),
    [0, 40, 80, 120],
  );
});

wireCase(
  "6.25 a publisher that does not return ends its stream",
  async (server) => {
    const source = await onAir(server);
    const viewer = await player(server.rtmp, "cam");
    await until(() => shown(viewer).length === 2, "the viewer watches");
    source.socket.destroy();
    await viewer.status(/UnpublishNotify/);
    await until(() => viewer.closed, "the viewer is closed");
  },
  { app: { holdMs: 200 } },
);

wireCase(
  "6.25 one connection publishes and plays its own stream and another; the end of one is not the end of the others",
  async (server) => {
    const other = await onAir(server, "other");
    const both = await onAir(server);
    for (const [id, name] of [
      [2, "cam"],
      [3, "other"],
    ] as const) {
      await both.call("createStream");
      both.tell(id, "play", name);
      await until(() => shown(both).some(({ streamId }) => streamId === id), `${name} has arrived`);
    }
    other.tell(0, "deleteStream", 1);
    const ended = await both.status(/UnpublishNotify/);
    assert.equal(ended.streamId, 3);
    both.send(1, [9, 80, bodies.VP]);
    await until(() => shown(both).filter(({ streamId }) => streamId === 2).length === 3, "its own stream goes on");
    both.tell(0, "deleteStream", 1);
    await until(
      () => both.statuses.filter(({ code }) => code.endsWith("UnpublishNotify")).length === 2,
      "both have ended",
    );
    await until(() => server.host.sessions.size === 0, "no session is left");
  },
);
