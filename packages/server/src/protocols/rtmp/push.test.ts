import assert from "node:assert/strict";
import type { Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { describeVideo } from "@sluice/media";
import { type TestHost, until } from "../../../testing/host.ts";
import { framesOf, order, relayOwner, rtmpHost, streamOf, timesOf } from "../../../testing/relays.ts";
import { config, synthetic, video } from "../../../testing/synthetic.ts";
import { streamName } from "../../core/stream-name.ts";
import { pushRtmp } from "./push.ts";

const cam = streamName("live", "cam");
if (!cam) throw new Error("the test's own name is not allowed");

function publish(host: TestHost) {
  const found = host.hub.publish(cam as NonNullable<typeof cam>, "key", { closed: () => {} });
  if (!("source" in found)) throw new Error(found.reason);
  const send = (count: number, from: number) => {
    for (const packet of synthetic(count, { from, gop: 10 })) found.source.append(packet);
  };
  return { ...found, send };
}

async function pushing(t: TestContext, more = {}) {
  const [here, there] = [await rtmpHost(t), await rtmpHost(t)];
  const { stream, source, send } = publish(here);
  const owner = relayOwner();
  send(1, 0);
  const push = pushRtmp(here, stream, order(there.port, "cam", more), owner);
  await until(() => owner.told.includes("running"), "it sends");
  return { here, there, stream, source, send, owner, push };
}

const every = (count: number) => Array.from({ length: count }, (_, index) => index * 40);

test("a stream that is pushed has every frame at its own time on the other side, and ends there after the last", async (t) => {
  const { there, source, send, owner } = await pushing(t);
  const frames = framesOf(await streamOf(there));
  send(49, 1);
  await until(() => timesOf(frames, "audio").length >= 50, "all of it has arrived");
  assert.deepEqual(timesOf(frames), every(50));
  assert.deepEqual(timesOf(frames, "audio"), every(50));
  send(1, 50);
  source.release("ended");
  await until(() => there.hub.streams.next().done === true, "it has ended there");
  assert.equal(timesOf(frames).length, 51);
  assert.deepEqual(owner.told, ["running", "ended"]);
  assert.equal(owner.ends[0]?.over, true);
});

test("a publisher that returns with another clock goes on in the same stream of the other side, without going back", async (t) => {
  const { here, there, source, send } = await pushing(t);
  const frames = framesOf(await streamOf(there));
  send(9, 1);
  source.release("lost");
  publish(here).send(10, 0);
  await until(() => timesOf(frames, "audio").length >= 20, "frames of both have arrived");
  const times = timesOf(frames);
  assert.deepEqual(
    times,
    [...new Set(times)].sort((a, b) => a - b),
  );
  assert.equal(times.length, 20);
});

test("EC-5 a push that is asked to go elsewhere sends everything up to a keyframe to the old server and the rest to the new one", async (t) => {
  const { there, send, owner, push } = await pushing(t);
  const elsewhere = await rtmpHost(t);
  const before = framesOf(await streamOf(there));
  send(24, 1);
  await until(() => timesOf(before, "audio").length >= 25, "it has begun");
  const asked = there.sessions.move(there.sessions.list(), { address: `rtmp://127.0.0.1:${elsewhere.port}/live` });
  assert.equal(asked.length, 1);
  const after = framesOf(await streamOf(elsewhere));
  send(5, 25);
  await until(() => timesOf(before, "audio").length >= 30, "the old one has the rest of the group");
  send(20, 30);
  await until(() => timesOf(after, "audio").length >= 20, "the new one has what follows");
  assert.deepEqual(timesOf(before), every(30));
  assert.deepEqual(timesOf(after), every(50).slice(30));
  await until(() => there.sessions.size === 0, "the old connection has been closed");
  assert.deepEqual(owner.told, ["running", "moved"]);
  push.close();
  await until(() => elsewhere.sessions.size === 0, "the new one too");
  assert.deepEqual(owner.told, ["running", "moved"]);
});

test("a server that refuses is quoted, without the key", async (t) => {
  const [here, there] = [
    await rtmpHost(t),
    await rtmpHost(t, {
      access: { decide: () => ({ allowed: false, rule: "stream-key/wrong", reason: "no key cam-secret" }) },
    }),
  ];
  const { stream, send } = publish(here);
  send(1, 0);
  const owner = relayOwner();
  pushRtmp(here, stream, order(there.port, "cam-secret"), owner);
  await until(() => owner.ends.length > 0, "it has ended");
  assert.deepEqual(owner.ends, [{ reason: "the server does not let us publish (no key …)" }]);
});

test("a codec that the other server has not announced is not sent to it, which is said", async (t) => {
  const [here, there] = [
    await rtmpHost(t),
    await rtmpHost(t, { codecs: { in: { video: new Set(["h264"]), audio: new Set(["aac"]) } } }),
  ];
  const { stream, source } = publish(here);
  const hevc = describeVideo(0, "vp9", Buffer.from("010000000011010101010000", "hex"));
  source.append(config(hevc));
  source.append({ ...video(0, true), track: hevc });
  const owner = relayOwner();
  pushRtmp(here, stream, order(there.port), owner);
  await until(() => owner.ends.length > 0, "it has ended");
  assert.match(owner.ends[0]?.reason ?? "", /^codec\/unsupported: the stream is in VP9/);
  assert.equal(owner.ends[0]?.hopeless, undefined);
});

test("nobody at the address, and an address that is none, are said in words", async (t) => {
  const here = await rtmpHost(t);
  const { stream, send } = publish(here);
  send(1, 0);
  const [nobody, none] = [relayOwner(), relayOwner()];
  pushRtmp(here, stream, order(1), nobody);
  pushRtmp(here, stream, { ...order(1), address: "rtmp://u:p@127.0.0.1/live/cam" }, none);
  await until(() => nobody.ends.length + none.ends.length === 2, "both have ended");
  assert.deepEqual(nobody.ends, [{ reason: "nobody answers at this address and port" }]);
  assert.equal(none.ends[0]?.hopeless, true);
});

test("S-9 a server that takes nothing any more is let go, and does not hold up the others", async (t) => {
  const [here, stuck] = [
    await rtmpHost(t, { app: { cursor: { maxLagUs: 4_000_000, stallMs: 1 } } }),
    await rtmpHost(t),
  ];
  const { stream, source, send } = publish(here);
  const owner = relayOwner();
  send(1, 0);
  pushRtmp(here, stream, order(stuck.port), owner);
  await until(() => owner.told.includes("running"), "it sends");
  const [cursor] = stream.cursors;
  assert.ok(cursor);
  for (const session of stuck.sessions.list()) assert.equal(session.role, "publisher");
  const socket = cursor.socket as Socket;
  socket.cork(); // as if the other side's window were closed
  for (let number = 1; number < 100; number++)
    for (const packet of synthetic(1, { from: number, gop: 25, frameBytes: 60_000 })) source.append(packet);
  await until(() => owner.ends.length > 0, "it was let go");
  assert.deepEqual(owner.ends, [{ reason: "the server took nothing any more" }]);
  assert.ok(socket.writableLength < 1_000_000, `${socket.writableLength} bytes wait`);
});
