import assert from "node:assert/strict";
import type { AmfObject } from "@sluice/media";
import type { AppSettings } from "../../src/core/hub.ts";
import type { Session } from "../../src/core/sessions.ts";
import { until } from "../host.ts";
import { type Handover, MovingPublisher } from "../moving-publisher.ts";
import { type Peer, peer, player } from "../peer.ts";
import { bodies } from "../wire-bytes.ts";
import { type WireServer, wireCase } from "../wire-case.ts";

const code = "NetConnection.Connect.ReconnectRequest";

/** Someone who publishes, and announces this. */
async function publishing({ rtmp }: WireServer, name: string, announced: AmfObject): Promise<Peer> {
  const made = await (await peer(rtmp)).connect({ app: "live", tcUrl: `rtmp://127.0.0.1:${rtmp}/live`, ...announced });
  await made.call("createStream");
  made.tell(1, "publish", name, "live");
  await made.status(/Publish\.Start$/);
  made.send(1, [9, 0, bodies.VSH], [8, 0, bodies.ASH], [9, 0, bodies.VI], [8, 0, bodies.AF]);
  return made;
}

function sessions({ host }: WireServer, role: Session["role"]): Session[] {
  return [...host.sessions.list()].filter((session) => session.role === role);
}

const pictures = (viewer: Peer) =>
  viewer.media(9).flatMap(({ timestampMs, body }) => (body[1] === 1 ? [timestampMs] : []));

wireCase("EC-4 only who has announced it is asked to connect anew, on stream 0, and is served on", async (server) => {
  const able = await publishing(server, "able", { capsEx: 1 });
  const unable = await publishing(server, "unable", { capsEx: 6 });
  const viewer = await player(server.rtmp, "able");
  await until(() => pictures(viewer).length === 1, "the viewer watches");
  const everyone = [...server.host.sessions.list()];
  const request = { address: "rtmp://other.example/live", reason: "updates" };
  const asked = server.host.sessions.move(everyone, request);
  assert.deepEqual(
    asked.map(({ stream }) => stream.path),
    ["live/able"],
  );
  const status = await able.status(/ReconnectRequest$/);
  assert.deepEqual(
    { ...status },
    {
      streamId: 0,
      level: "status",
      code,
      tcUrl: "rtmp://other.example/live",
      description: "updates",
    },
  );
  const last = able.commands.at(-1);
  assert.deepEqual([last?.name, last?.transaction, last?.object, last?.streamId], ["onStatus", 0, null, 0]);
  able.send(1, [9, 40, bodies.VP]);
  await until(() => pictures(viewer).length === 2, "the publisher is served on");
  await unable.settled();
  await viewer.settled();
  for (const each of [unable, viewer]) assert.ok(!each.statuses.some((told) => told.code === code));
  unable.socket.destroy();
});

wireCase("EC-4 a connection with several streams is asked once, and a host alone keeps its app", async (server) => {
  const made = await publishing(server, "one", { capsEx: 1 });
  await made.call("createStream");
  made.tell(2, "publish", "two", "live");
  await until(() => sessions(server, "publisher").length === 2, "both streams are published");
  const asked = server.host.sessions.move(server.host.sessions.list(), { address: "rtmp://other.example" });
  assert.equal(asked.length, 2);
  await made.status(/ReconnectRequest$/);
  await made.settled();
  const requests = made.statuses.filter((told) => told.code === code);
  assert.deepEqual(
    requests.map((told) => ({ ...told })),
    [{ streamId: 0, level: "status", code, tcUrl: "rtmp://other.example/live" }],
  );
});

const handovers: { name: string; handover: Handover; app: Partial<AppSettings>; key?: string }[] = [
  { name: "ends and begins again", handover: "one after the other", app: { duplicate: "same-key" }, key: "?key=one" },
  { name: "ends and begins again where nothing is held", handover: "one after the other", app: { holdMs: 0 } },
  { name: "begins before it ends", handover: "both at once", app: { duplicate: "same-key" }, key: "?key=one" },
  { name: "begins before it ends and shows no key", handover: "both at once", app: { duplicate: "same-key" } },
  { name: "begins before it ends where nobody takes over", handover: "both at once", app: { duplicate: "reject" } },
];

for (const { name, handover, app, key = "" } of handovers)
  wireCase(
    `EC-5 viewers see one stream while its publisher moves: it ${name}`,
    async (server) => {
      const source = await MovingPublisher.open(server.rtmp, `cam${key}`, handover);
      source.send(2);
      const viewer = await player(server.rtmp, "cam");
      await until(() => pictures(viewer).length > 0, "the viewer watches");
      const from = pictures(viewer)[0] ?? 0;
      source.sendSome();
      const asked = server.host.sessions.move(sessions(server, "publisher"), { reason: "updates" });
      assert.equal(asked.length, 1);
      assert.equal(await source.asked(), `rtmp://127.0.0.1:${server.rtmp}/live`);
      source.sendSome();
      const before = () => pictures(viewer).at(-1) === (source.frames - 1) * 40;
      await until(before, "all that was sent over the old connection has arrived");
      await source.move();
      source.send(2);
      await until(before, "all that was sent over the new connection has arrived");
      const times = pictures(viewer);
      assert.deepEqual(
        times,
        times.map((_, index) => from + index * 40),
      );
      assert.deepEqual(viewer.codes, ["Play.Reset", "Play.Start"]);
      assert.equal(viewer.closed, false);
      assert.equal(sessions(server, "publisher").length, 1);
    },
    { app, access: { decide: ({ query }) => granted(query.get("key")) } },
  );

function granted(key: string | undefined) {
  return key === undefined ? ({ allowed: true } as const) : ({ allowed: true, key } as const);
}

wireCase(
  "EC-4 nobody else may take over from a publisher that has been asked to move",
  async (server) => {
    const source = await MovingPublisher.open(server.rtmp, "cam?key=one", "both at once");
    source.send(1);
    server.host.sessions.move(sessions(server, "publisher"), {});
    for (const name of ["cam?key=two", "cam"]) {
      const other = await (await peer(server.rtmp)).connect();
      await other.call("createStream");
      other.tell(1, "publish", name, "live");
      await other.status(/BadName/);
    }
    source.send(1);
    const viewer = await player(server.rtmp, "cam");
    await until(() => pictures(viewer).length > 0, "the first is on");
  },
  { app: { duplicate: "same-key" }, access: { decide: ({ query }) => granted(query.get("key")) } },
);

wireCase(
  "EC-4 a publisher that leaves without having been asked ends its stream as always",
  async (server) => {
    const source = await publishing(server, "cam", { capsEx: 1 });
    const viewer = await player(server.rtmp, "cam");
    await until(() => pictures(viewer).length === 1, "the viewer watches");
    source.tell(0, "deleteStream", 1);
    await viewer.status(/UnpublishNotify$/);
  },
  { app: { holdMs: 30_000 } },
);
