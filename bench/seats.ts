import { Writable } from "node:stream";
import { Events } from "../packages/server/src/core/events.ts";
import { Hub } from "../packages/server/src/core/hub.ts";
import { Pacer } from "../packages/server/src/core/pacer.ts";
import { defaultLogLimits } from "../packages/server/src/core/packet-log.ts";
import { Seats } from "../packages/server/src/core/seats.ts";
import type { Stream } from "../packages/server/src/core/stream.ts";
import { streamName } from "../packages/server/src/core/stream-name.ts";
import { textFormat } from "../packages/server/testing/sink.ts";
import { config, synthetic, video, videoTrack } from "../packages/server/testing/synthetic.ts";

const audience = 12_000;
const looksPerSecond = 4;
const looks = 40;

/** What it costs to look at viewers whose networks carry what they have, which is nearly all of them nearly always; in a sentence. */
export async function seats(): Promise<string> {
  const hub = new Hub({
    pacer: new Pacer(),
    events: new Events(),
    app: () => ({
      duplicate: "same-key",
      holdMs: 0,
      log: defaultLogLimits,
      cursor: { maxLagUs: 60_000_000, stallMs: 60_000 },
    }),
    limits: () => ({ maxStreams: 1 }),
  });
  try {
    const stream = crowded(hub);
    const all = new Seats(stream.ladder, undefined, () => 0);
    for (let warm = 0; warm < 5; warm++) all.look();
    const from = process.cpuUsage();
    for (let count = 0; count < looks; count++) all.look();
    const { user, system } = process.cpuUsage(from);
    const us = ((user + system) / looks / audience) * looksPerSecond;
    return `With a ladder, looking at what viewers' sockets take costs ${us.toFixed(1)} µs per viewer and second (${audience} viewers, ${looksPerSecond} looks a second)`;
  } finally {
    hub.close("measured");
  }
}

function crowded(hub: Hub): Stream {
  const name = streamName("live", "bench");
  const granted = name && hub.publish(name, undefined, { closed: () => {} });
  if (!granted || !("source" in granted)) throw new Error("the stream cannot be published");
  const { stream, source } = granted;
  const plan = (height: number, bitrate: number) =>
    ({ name: `${height}p`, width: height * 2, height, bitrate, codec: "h264" }) as const;
  stream.ladder.plan([plan(480, 500_000), plan(240, 200_000)]);
  for (const packet of synthetic(100, { frameBytes: 5_000 })) source.append(packet);
  const format = { ...textFormat(), sound: () => textFormat("sound") };
  for (let count = 0; count < audience; count++) stream.join(format, new Taking(), { ended: () => {} });
  const [group] = stream.log.groups;
  for (const rung of stream.ladder.rungs) {
    if (group) rung.begin(group);
    rung.append(config({ ...videoTrack, width: rung.plan.width, height: rung.plan.height }));
    for (let frame = 0; frame < 100; frame++) rung.append(video(frame * 40, frame % 10 === 0, new Uint8Array(1_000)));
  }
  return stream;
}

/** A socket that takes everything. */
class Taking extends Writable {
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}
