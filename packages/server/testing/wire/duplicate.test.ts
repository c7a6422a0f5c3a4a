import assert from "node:assert/strict";
import { until } from "../host.ts";
import { type Peer, peer, player, publisher } from "../peer.ts";
import { bodies } from "../wire-bytes.ts";
import { type WireServer, wireCase } from "../wire-case.ts";

/** Someone who has said that it wants to publish. */
async function asking(port: number, name: string): Promise<Peer> {
  const made = await (await peer(port)).connect();
  await made.call("createStream");
  made.tell(1, "publish", name, "live");
  return made;
}

/** A publisher with a viewer who has its first keyframe. */
async function live({ rtmp }: WireServer, name = "cam"): Promise<{ first: Peer; viewer: Peer }> {
  const first = await publisher(rtmp, name);
  first.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF]);
  const viewer = await player(rtmp, "cam");
  await until(() => viewer.media(8).length === 2, "the viewer watches");
  return { first, viewer };
}

const pictures = (viewer: Peer) =>
  viewer.media(9).flatMap(({ timestampMs, body }) => (body[1] === 1 ? [timestampMs] : []));

async function publishesOn(source: Peer, viewer: Peer): Promise<void> {
  const before = pictures(viewer).length;
  source.send(1, [9, 1000, bodies.VSH], [8, 1000, bodies.ASH], [9, 1000, bodies.VI], [8, 1000, bodies.AF]);
  await until(() => pictures(viewer).length > before, "the viewer goes on");
  assert.deepEqual(viewer.codes, ["Play.Reset", "Play.Start"]);
  assert.ok(!viewer.closed);
  const times = pictures(viewer);
  assert.ok(
    times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)),
    `times ${times}`,
  );
}

wireCase(
  "6.22 of fifty who publish the same name at once exactly one may, and the others are told and closed",
  async ({ rtmp, host }) => {
    const ready = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const made = await (await peer(rtmp)).connect();
        await made.call("createStream");
        return made;
      }),
    );
    for (const each of ready) each.tell(1, "publish", "cam", "live");
    await until(() => ready.every(({ codes }) => codes.length > 0), "all are answered");
    const winners = ready.filter(({ codes }) => codes[0] === "Publish.Start");
    assert.equal(winners.length, 1);
    const losers = ready.filter((each) => !winners.includes(each));
    await until(() => losers.every(({ closed }) => closed), "the others are closed");
    for (const { statuses } of losers) {
      assert.equal(statuses.length, 1);
      assert.deepEqual(
        [statuses[0]?.code, statuses[0]?.level, statuses[0]?.streamId],
        ["NetStream.Publish.BadName", "error", 1],
      );
    }
    const [winner] = winners as [Peer];
    winner.send(1, [9, 0, bodies.VSH], [8, 0, bodies.ASH], [9, 0, bodies.VI], [8, 0, bodies.AF]);
    const viewer = await player(rtmp, "cam");
    await until(() => viewer.media(9).length === 2, "the winner is watched");
    assert.ok(!winner.closed);
    assert.equal(host.lines.filter(({ text }) => text === "publisher opened").length, 1);
    assert.equal(host.lines.filter(({ text }) => text === "publisher ended").length, 0);
  },
  { app: { duplicate: "reject" } },
);

wireCase(
  "6.22 fifty who publish the same name at once when a check takes its time: exactly one may",
  async ({ rtmp }) => {
    const ready = await Promise.all(Array.from({ length: 50 }, () => asking(rtmp, "cam")));
    await until(() => ready.every(({ codes }) => codes.length > 0), "all are answered");
    assert.equal(ready.filter(({ codes }) => codes[0] === "Publish.Start").length, 1);
  },
  {
    app: { duplicate: "reject" },
    access: {
      decide: async () => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
        return { allowed: true };
      },
    },
  },
);

wireCase(
  "6.22 who is refused because the name is live changes nothing for the publisher and the viewers",
  async (server) => {
    const { first, viewer } = await live(server);
    const second = await asking(server.rtmp, "cam");
    assert.match((await second.status(/BadName/)).description, /live\/cam is being published already/);
    second.send(1, [9, 0, bodies.VSH], [9, 0, bodies.VI]);
    await until(() => second.closed, "the second is closed");
    await publishesOn(first, viewer);
  },
  { app: { duplicate: "reject" } },
);

wireCase(
  "6.22 a takeover tells the first publisher and closes it, and viewers go on with the second one's media",
  async (server) => {
    const { first, viewer } = await live(server);
    const second = await asking(server.rtmp, "cam");
    await second.status(/Publish\.Start/);
    const { level, description } = await first.status(/BadName/);
    assert.deepEqual([level, description], ["error", "another publisher took over"]);
    first.send(1, [9, 40, bodies.VP]);
    await until(() => first.closed, "the first is closed");
    await publishesOn(second, viewer);
    assert.ok([...server.host.hub.streams].some(({ name, state }) => name.name === "cam" && state === "live"));
  },
  { app: { duplicate: "takeover" } },
);

wireCase(
  "6.22 of fifty who take over from each other one is left, and the stream never ends",
  async (server) => {
    const { viewer } = await live(server);
    const all = await Promise.all(Array.from({ length: 50 }, () => asking(server.rtmp, "cam")));
    await until(() => all.filter(({ closed }) => !closed).length === 1, "one is left");
    const [left] = all.filter(({ closed }) => !closed) as [Peer];
    await publishesOn(left, viewer);
    await until(() => server.host.sessions.size === 2, "the others have gone");
  },
  { app: { duplicate: "takeover" } },
);

wireCase(
  "6.22 where the same key takes over, another key and none do not",
  async (server) => {
    const { first, viewer } = await live(server, "cam?key=one");
    for (const name of ["cam?key=two", "cam"]) {
      const other = await asking(server.rtmp, name);
      await other.status(/BadName/);
      await until(() => other.closed, `${name} is closed`);
    }
    await publishesOn(first, viewer);
    const again = await asking(server.rtmp, "cam?key=one");
    await again.status(/Publish\.Start/);
    await until(() => first.closed, "the first is closed");
    await publishesOn(again, viewer);
  },
  {
    app: { duplicate: "same-key" },
    access: {
      decide: ({ query }) => {
        const key = query.get("key");
        return key === undefined ? { allowed: true } : { allowed: true, key };
      },
    },
  },
);
