import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import { type TestHost, until } from "../../../testing/host.ts";
import { framesOf, order, relayOwner, rtmpHost, streamOf, timesOf } from "../../../testing/relays.ts";
import { synthetic } from "../../../testing/synthetic.ts";
import { type StreamName, streamName } from "../../core/stream-name.ts";
import { pullRtmp } from "./pull.ts";

const cam = streamName("live", "cam") as StreamName;

/** Every frame is another one, as of a camera. */
function publish(host: TestHost, shiftMs = 0) {
  const found = host.hub.publish(cam, "key", { closed: () => {} });
  if (!("source" in found)) throw new Error(found.reason);
  const send = (count: number, from: number) => {
    for (const packet of synthetic(count, { from, gop: 10 })) found.source.append(moved(packet, shiftMs));
  };
  return { ...found, send };
}

function moved(packet: Packet, shiftMs: number): Packet {
  const data = Buffer.from(packet.data);
  if (packet.kind === "frame" && data.length > 12) data.writeUInt32BE(packet.dtsUs, data.length - 4);
  return { ...packet, data, dtsUs: packet.dtsUs + shiftMs * 1000, ptsUs: packet.ptsUs + shiftMs * 1000 };
}

async function pulling(t: TestContext) {
  const [here, there] = [await rtmpHost(t), await rtmpHost(t)];
  const { source, send } = publish(there);
  const owner = relayOwner();
  const pull = pullRtmp(here, cam, order(there.port), owner);
  await until(() => there.sessions.size === 1, "it watches");
  send(1, 0);
  const stream = await streamOf(here);
  return { here, there, source, send, owner, pull, stream, frames: framesOf(stream) };
}

const every = (count: number) => Array.from({ length: count }, (_, index) => index * 40);

test("a stream that is pulled has every frame at its own time, and ends when the other server says so", async (t) => {
  const { source, send, frames, owner, stream } = await pulling(t);
  send(49, 1);
  await until(() => timesOf(frames, "audio").length >= 50, "all of it has arrived");
  assert.deepEqual(timesOf(frames), every(50));
  assert.deepEqual(timesOf(frames, "audio"), every(50));
  source.release("ended");
  await until(() => stream.state === "ended", "it has ended here");
  assert.deepEqual(owner.told, ["running", "ended"]);
  assert.equal(owner.ends[0]?.over, true);
});

test("who publishes here wins over a pull, and a pull takes nothing from who publishes here", async (t) => {
  const { here, there, owner, stream } = await pulling(t);
  const own = publish(here);
  assert.equal(own.stream, stream);
  assert.deepEqual(owner.ends, [{ reason: "it is published here", over: true }]);
  await until(() => there.sessions.size === 0, "the connection is closed");
  for (const state of ["live", "held"] as const) {
    if (state === "held") own.source.release("lost");
    const again = relayOwner();
    pullRtmp(here, cam, order(there.port), again);
    await until(() => again.ends.length > 0, "it has given up");
    assert.match(again.ends[0]?.reason ?? "", /^stream\/live/);
    assert.equal(stream.state, state);
  }
});

for (const shiftMs of [0, 7_000])
  test(`EC-5 a pull goes over to another server that has the same stream, whose clock is ${shiftMs} ms off, without a loss or a repetition`, async (t) => {
    const { there, send, owner, frames } = await pulling(t);
    const elsewhere = await rtmpHost(t);
    const other = publish(elsewhere, shiftMs);
    send(24, 1);
    other.send(25, 0);
    await until(() => timesOf(frames, "audio").length >= 25, "it has begun");
    there.sessions.move(there.sessions.list(), { address: `rtmp://127.0.0.1:${elsewhere.port}/live` });
    await until(() => elsewhere.sessions.size === 1, "it watches there too");
    for (let from = 25; from < 60; from += 5) {
      other.send(5, from);
      send(5, from);
      await until(() => timesOf(frames, "audio").length >= from, "it goes on");
    }
    await until(() => owner.told.includes("moved"), "it has moved");
    await until(() => there.sessions.size === 0, "the old connection is closed");
    other.send(5, 60);
    await until(() => timesOf(frames, "audio").length >= 65, "it has everything");
    assert.deepEqual(timesOf(frames), every(65));
    assert.deepEqual(timesOf(frames, "audio"), every(65));
    assert.deepEqual(owner.told, ["running", "moved"]);
  });

test("EC-5 a pull whose publisher moves too goes on with what the new server has, from a keyframe on", async (t) => {
  const { there, source, send, owner, frames } = await pulling(t);
  const elsewhere = await rtmpHost(t);
  send(29, 1);
  await until(() => timesOf(frames, "audio").length >= 30, "it has begun");
  source.moves();
  there.sessions.move(there.sessions.list(), { address: `rtmp://127.0.0.1:${elsewhere.port}/live` });
  await until(() => elsewhere.sessions.size === 1, "it waits there");
  source.release("ended");
  const other = publish(elsewhere);
  const packets = [...synthetic(1), ...synthetic(20, { from: 30, gop: 10 })];
  for (const packet of packets.filter(({ kind, dtsUs }) => kind === "config" || dtsUs > 0))
    other.source.append(moved(packet, 0));
  await until(() => timesOf(frames, "audio").length >= 50, "it has what follows");
  assert.deepEqual(timesOf(frames), every(50));
  assert.deepEqual(owner.told, ["running", "moved"]);
});

test("a stream that the other server does not have is said to be missing there", async (t) => {
  const [here, there] = [
    await rtmpHost(t),
    await rtmpHost(t, { access: { decide: () => ({ allowed: false, rule: "x", reason: "no" }) } }),
  ];
  const owner = relayOwner();
  pullRtmp(here, cam, order(there.port), owner);
  await until(() => owner.ends.length > 0, "it has ended");
  assert.deepEqual(owner.ends, [{ reason: "the server does not let us watch (no)" }]);
  assert.equal(here.hub.find(cam), undefined);
});
