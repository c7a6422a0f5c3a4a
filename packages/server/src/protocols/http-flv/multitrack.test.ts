import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import { flvViewer } from "../../../testing/clients.ts";
import { testHost, until } from "../../../testing/host.ts";
import { publishLive } from "../../../testing/live.ts";
import { multitrack, type SentPicture, sentPictures, sentSounds } from "../../../testing/multitrack.ts";
import type { Cursor } from "../../core/cursor.ts";
import { httpFlv } from "./index.ts";

const [high, , low] = sentPictures;
const between = (packets: readonly Packet[], fromMs: number, toMs: number) =>
  packets.filter(({ dtsUs }) => dtsUs >= fromMs * 1_000 && dtsUs < toMs * 1_000);
const framesOf = (packets: readonly Packet[], kind: string, id = 0) =>
  packets.filter((packet) => packet.kind === "frame" && packet.track.kind === kind && packet.track.id === id);
const timesOf = (packets: readonly Packet[]) => packets.map(({ dtsUs }) => dtsUs);

async function live(t: TestContext) {
  const host = await testHost();
  t.after(() => host.close());
  await host.run((each) => httpFlv.start(each, () => ({ enabled: true })));
  const published = publishLive(host);
  const watch = async (query = "") => {
    const viewer = await flvViewer(host.ports["http.port"] ?? 0, "live/cam", query);
    t.after(() => viewer.close());
    return viewer;
  };
  const { stream, append } = published;
  const audiences = () => [stream.ladder.source, ...stream.ladder.rungs.map(({ audience }) => audience)];
  const isSeen = () =>
    audiences().every(({ cursors, limit, log }) => cursors.size === 0 || (limit === log.head && notBehind(cursors)));
  /** As it comes in: what is live is written before more of it comes. */
  const play = async (packets: readonly Packet[]) => {
    for (let at = 0; at < packets.length; at += stepPackets) {
      append(packets.slice(at, at + stepPackets));
      await until(isSeen, "all that there is has been written");
    }
  };
  return { ...published, host, watch, play };
}

const stepPackets = 40;
const notBehind = (cursors: ReadonlySet<Cursor>) => [...cursors].every(({ isBehind }) => !isBehind);

test("who asks for nothing gets the default picture and the default sound, and nothing of the others", async (t) => {
  const { play, watch } = await live(t);
  const packets = multitrack(3_000);
  await play(between(packets, 0, 600));
  const { packets: got } = await watch();
  await play(between(packets, 600, 4_000));
  const sent = framesOf(packets, "video");
  await until(() => framesOf(got, "video").length === sent.length, "every picture");
  assert.deepEqual(timesOf(framesOf(got, "video")), timesOf(sent));
  assert.ok(got.every(({ track }) => track.id === 0));
  assert.ok(framesOf(got, "audio").length > 100);
});

for (const [what, pictures] of [
  ["keyframes at the same times", [{ track: high }, { track: low }]],
  ["keyframes at other times", [{ track: high }, { track: low, fromMs: 480 }]],
] as readonly (readonly [string, readonly SentPicture[]])[]) {
  test(`one connection, moved between two pictures with ${what}: no time goes back, and every frame of sound comes once`, async (t) => {
    const { play, watch, stream } = await live(t);
    const packets = multitrack(12_000, pictures, [sentSounds[0]]);
    await play(between(packets, 0, 900));
    const { packets: got } = await watch("?adaptive=0");
    await until(() => stream.ladder.source.cursors.size === 1, "the viewer is there");
    const [cursor] = stream.ladder.source.cursors;
    const rung = stream.ladder.find("360p") ?? assert.fail("there is no 360p");
    for (let ms = 900; ms < 10_000; ms += 5_000) {
      await play(between(packets, ms, ms + 2_500));
      cursor?.move(rung.audience, { apart: !rung.aligned });
      await play(between(packets, ms + 2_500, ms + 5_000));
      await until(() => cursor?.drain().moving === false, "the viewer is on the other picture");
      cursor?.move(stream.ladder.source, { apart: !rung.aligned });
    }
    await play(between(packets, 10_900, 13_000));
    const lastUs = timesOf(framesOf(packets, "audio")).at(-9) ?? 0;
    await until(() => (framesOf(got, "audio").at(-1)?.dtsUs ?? 0) >= lastUs, "the sound up to the end");
    const sounds = timesOf(framesOf(got, "audio"));
    const from = timesOf(framesOf(packets, "audio")).indexOf(sounds[0] ?? -1);
    assert.deepEqual(sounds, timesOf(framesOf(packets, "audio")).slice(from, from + sounds.length));
    const shown = framesOf(got, "video");
    shown.forEach(({ dtsUs }, index) => {
      const before = shown[index - 1];
      assert.ok(!before || dtsUs > before.dtsUs, `${dtsUs} after ${before?.dtsUs}`);
    });
    const lengths = new Set(shown.map(({ data }) => data.length));
    assert.deepEqual([...lengths].toSorted(), [1800, 600], "both pictures were seen");
  });
}

test("a viewer may ask for another sound: it comes in the place of the default one, in every quality", async (t) => {
  const { play, watch, stream } = await live(t);
  const other = { ...sentSounds[1], config: Uint8Array.of(0x11, 0x90), sampleRate: 48_000 };
  const packets = multitrack(6_000, [{ track: high }, { track: low }], [sentSounds[0], other]);
  await play(between(packets, 0, 600));
  const viewers = [await watch("?audio=1"), await watch("?audio=1&rendition=360p"), await watch("?audio=5")];
  await until(() => stream.viewers === 3, "the viewers are there");
  await play(between(packets, 600, 7_000));
  for (const [index, id] of [1, 1, 0].entries()) {
    const got = viewers[index]?.packets ?? [];
    const lastUs = timesOf(framesOf(packets, "audio", id)).at(-9) ?? 0;
    await until(() => (framesOf(got, "audio").at(-1)?.dtsUs ?? 0) >= lastUs, `the sound of viewer ${index}`);
    const sounds = timesOf(framesOf(got, "audio"));
    const sent = timesOf(framesOf(packets, "audio", id));
    const from = sent.indexOf(sounds[0] ?? -1);
    assert.deepEqual(sounds, sent.slice(from, from + sounds.length));
    const configured = got.find(({ kind, track }) => kind === "config" && track.kind === "audio")?.track;
    assert.equal(configured?.id, 0);
    assert.equal(Buffer.from(configured?.config ?? []).toString("hex"), id === 1 ? "1190" : "1210");
  }
});

test("players learn which sounds and qualities there are", async (t) => {
  const { append, host } = await live(t);
  append(multitrack(1_000));
  const { headers } = await fetch(`http://127.0.0.1:${host.ports["http.port"]}/live/cam.flv`, { method: "HEAD" });
  assert.equal(headers.get("sluice-sounds"), '0;name="Audio%201", 1;name="Audio%202"');
  assert.equal(
    headers.get("sluice-renditions"),
    '"source";width=1280;height=720, "1080p";width=1920;height=1080, "360p";width=640;height=360, "audio"',
  );
  assert.match(headers.get("access-control-expose-headers") ?? "", /sluice-sounds/);
});
