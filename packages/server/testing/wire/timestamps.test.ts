import assert from "node:assert/strict";
import { flvViewer } from "../clients.ts";
import { until } from "../host.ts";
import { type Peer, player, publisher } from "../peer.ts";
import { bodies, bytes, chunked } from "../wire-bytes.ts";
import { type WireServer, wireCase } from "../wire-case.ts";

const { VSH, VI, VP, VEOS, AF } = bodies;
type Sent = readonly [8 | 9, number, Buffer];

/** The times at which a viewer, who was there first, gets the frames that are sent. */
async function timesOf({ rtmp }: WireServer, sent: readonly Sent[]): Promise<number[]> {
  const viewer = await player(rtmp, "cam");
  const source = await publisher(rtmp, "cam");
  source.send(1, ...sent);
  const frames = () => viewer.messages.filter(({ type, body }) => (type === 8 || type === 9) && body[1] === 1);
  const count = sent.filter(([, , body]) => body[1] === 1).length;
  await until(() => frames().length === count, "all frames have arrived");
  return frames().map(({ timestampMs }) => timestampMs);
}

const distances = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

for (const [what, start] of [
  ["2³²", 0xffffffe0],
  ["2³¹", 0x7ffffff0],
] as const) {
  wireCase(`6.29 a publisher's clock goes on over ${what}`, async (server) => {
    const times = [0, 40, 80, 120].map((step) => (start + step) % 2 ** 32);
    const sent = times.map((time, index): Sent => [9, time, index === 0 ? VI : VP]);
    assert.deepEqual(distances(await timesOf(server, [...sent, [8, (start + 130) % 2 ** 32, AF]])), [40, 40, 40, 10]);
  });
}

wireCase(
  "6.29 a stream that starts anywhere starts near zero for viewers, sound and picture as far apart as they were",
  async (server) => {
    const start = 3_000_000_000;
    const times = await timesOf(server, [
      [9, start + 20, VI],
      [8, start, AF],
      [8, start + 23, AF],
      [9, start + 60, VP],
    ]);
    assert.deepEqual(distances(times), [-20, 23, 37]);
    assert.ok((times[0] ?? 0) < 5000);
  },
);

wireCase("6.29 a jump forward leaves no hole, and what follows keeps its distances", async (server) => {
  const times = await timesOf(server, [
    [9, 0, VI],
    [9, 40, VP],
    [9, 3_600_000, VI],
    [9, 3_600_040, VP],
    [8, 3_600_050, AF],
  ]);
  assert.deepEqual(times, [0, 40, 80, 120, 130]);
});

wireCase("6.29 a jump far back goes on after what there was", async (server) => {
  const times = await timesOf(server, [
    [9, 8000, VI],
    [9, 8040, VP],
    [9, 0, VI],
    [9, 40, VP],
  ]);
  assert.deepEqual(times, [8000, 8040, 8080, 8120]);
});

wireCase(
  "6.29 small steps back, equal times and disorder of sound and picture are passed on as they are",
  async (server) => {
    const sent = [0, 40, 80, 10, 50, 50].map((time, index): Sent => [9, time, index === 0 ? VI : VP]);
    const mixed: Sent[] = [
      [8, 160, AF],
      [9, 90, VP],
      [8, 183, AF],
      [9, 130, VP],
    ];
    assert.deepEqual(await timesOf(server, [...sent, ...mixed]), [0, 40, 80, 10, 50, 50, 160, 90, 183, 130]);
  },
);

wireCase("6.29 an end of sequence at time zero is no jump", async (server) => {
  const times = await timesOf(server, [
    [9, 5000, VI],
    [9, 5040, VP],
    [9, 0, VEOS],
    [9, 0, VSH],
    [9, 5080, VI],
  ]);
  assert.deepEqual(times, [5000, 5040, 5080]);
});

wireCase("6.29 composition times are signed, and the same bytes for viewers", async ({ rtmp }) => {
  const source = await publisher(rtmp, "cam");
  const viewer = await player(rtmp, "cam");
  const early = bytes("27 01 ffffd8 00000006 419a202fc230");
  const first = bytes("17 01 fffff0 00000016 6588840bfffffc3d147c9c9c9d75d75d75d75d75d75e");
  const late = bytes("27 01 000050 00000006 419a202fc230");
  source.send(1, [9, 0, first], [9, 40, early], [9, 80, late]);
  await until(() => viewer.media(9).length === 4, "all frames have arrived");
  const expected = [chunked(6, 9, 1, 0, first), chunked(6, 9, 1, 40, early), chunked(6, 9, 1, 80, late)];
  assert.ok(viewer.received.subarray(-Buffer.concat(expected).length).equals(Buffer.concat(expected)));
});

/** Sends a sound for every 9.9 seconds of the stream's time: any longer would be a jump. */
async function soundTo(source: Peer, from: number, to: number): Promise<void> {
  const step = 9_900;
  const message = chunked(4, 8, 1, 0xffffff, AF);
  for (let time = from; time <= to; ) {
    const block = Buffer.concat(
      Array.from({ length: Math.min(2_000, Math.floor((to - time) / step) + 1) }, () => message),
    );
    for (let at = 0; at < block.length; at += message.length, time += step)
      block.writeUInt32BE(time % 2 ** 32, at + 12);
    source.write(block);
    await source.settled();
  }
}

wireCase(
  "6.29 streams of 25 and of 50 days go on: RTMP's times turn, FLV's stay below 2³¹ for whoever joins",
  async ({ rtmp, http }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, VI]);
    let from = 0;
    for (const turn of [2 ** 31, 2 ** 32]) {
      await soundTo(source, from, turn - 5000);
      const [viewer, browser] = [await player(rtmp, "cam"), await flvViewer(http, "live/cam")];
      await until(() => viewer.media(8).length > 1 && browser.packets.length > 1, "both watch");
      const [seen, before] = [viewer.media(8).length, browser.packets.length];
      const sent = [turn - 20, turn, turn + 20];
      source.send(1, ...sent.map((time): Sent => [8, time % 2 ** 32, AF]));
      await until(
        () => viewer.media(8).length === seen + 3 && browser.packets.length === before + 3,
        "all have arrived",
      );
      assert.deepEqual(
        viewer
          .media(8)
          .slice(-3)
          .map(({ timestampMs }) => timestampMs),
        sent.map((time) => time % 2 ** 32),
      );
      const times = browser.packets.slice(-3).map(({ dtsUs }) => dtsUs / 1000);
      assert.deepEqual(distances(times), [20, 20]);
      assert.ok(
        times.every((time) => time >= 0 && time < 2 ** 31),
        `times ${times}`,
      );
      from = turn + 20;
      viewer.socket.destroy();
      browser.close();
    }
  },
);
