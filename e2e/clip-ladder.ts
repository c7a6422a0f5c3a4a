import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import type { TestContext } from "node:test";
import { FlvDemuxer, FlvReader, type Packet } from "@sluice/media";
import type { Rung } from "../packages/server/src/core/rung.ts";
import type { Host } from "../packages/server/src/protocol.ts";
import { publishLive } from "../packages/server/testing/live.ts";
import { folder, picture, sound } from "./clips.ts";
import { ffmpeg } from "./peers.ts";

/** A whole number of groups of pictures, so that it can be repeated without a seam. */
const clipSeconds = 12;
const lagUs = 300_000;
const tickMs = 10;

/** The source, and its rungs, the dearest first. */
export const clipSizes = [
  { name: "source", width: 640, height: 360, bitrate: 900_000 },
  { name: "180p", width: 320, height: 180, bitrate: 300_000 },
  { name: "90p", width: 160, height: 90, bitrate: 100_000 },
] as const;

export type ClipLadder = {
  readonly rungs: readonly Rung[];
  /** Nobody makes the rungs any more, as if their encoder had died; or somebody does again, from the next keyframe on. */
  encode(is: boolean): void;
};

/** Publishes a clip in real time again and again, with the same clip in smaller sizes as its rungs, a little later: for tests of players, in which nothing is to be encoded. */
export async function clipLadder(t: TestContext, host: Host): Promise<ClipLadder> {
  const clips = await Promise.all(clipSizes.map(clipOf));
  const { stream, append } = publishLive(host);
  stream.ladder.plan(
    clipSizes.slice(1).map(({ name, width, height, bitrate }) => ({ name, width, height, bitrate, codec: "h264" })),
  );
  const { rungs } = stream.ladder;
  let encodes = true;
  const feeds = clips.map((packets, index) => {
    const rung = rungs[index - 1];
    return paced(packets, (packet) => {
      if (index === 0) append([packet]);
      else if (rung && packet.track.kind === "video") feed(rung, packet);
    });
  });
  const begun = new Set<Rung>();
  const feed = (rung: Rung, packet: Packet) => {
    if (!encodes) return;
    if (!begun.has(rung)) {
      const group = stream.log.groups.find(({ dtsUs }) => dtsUs === packet.dtsUs);
      if (!group || !packet.keyframe || packet.kind !== "frame") return;
      rung.begin(group);
      rung.append({ ...packet, kind: "config", keyframe: false, data: new Uint8Array() });
      begun.add(rung);
    }
    if (packet.kind === "frame") rung.append(packet);
  };
  const from = performance.now();
  const timer = setInterval(() => {
    const nowUs = (performance.now() - from) * 1_000;
    for (const [index, advance] of feeds.entries()) advance(index === 0 ? nowUs : nowUs - lagUs);
  }, tickMs);
  t.after(() => clearInterval(timer));
  return {
    rungs,
    encode: (is) => {
      encodes = is;
      if (is) return;
      begun.clear();
      for (const rung of rungs) rung.stop();
    },
  };
}

/** Puts packets out up to a time, from the first again when all are out. */
function paced(packets: readonly Packet[], put: (packet: Packet) => void): (untilUs: number) => void {
  let index = 0;
  let round = 0;
  return (untilUs) => {
    for (;;) {
      const packet = packets[index];
      const shiftUs = round * clipSeconds * 1_000_000;
      if (!packet || packet.dtsUs + shiftUs > untilUs) return;
      if (packet.kind === "frame" || round === 0)
        put({ ...packet, dtsUs: packet.dtsUs + shiftUs, ptsUs: packet.ptsUs + shiftUs });
      index++;
      if (index < packets.length) continue;
      index = 0;
      round++;
    }
  };
}

async function clipOf({ name, width, height, bitrate }: (typeof clipSizes)[number]): Promise<readonly Packet[]> {
  const file = `${folder}ladder-${name}.flv`;
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const rate = `-b:v ${bitrate} -maxrate ${bitrate} -bufsize ${bitrate}`;
    const made = await ffmpeg(
      `${picture(`${width}x${height}`, 25, clipSeconds)} ${sound(clipSeconds)} -c:v libx264 -preset veryfast -tune zerolatency -g 25 -sc_threshold 0 -pix_fmt yuv420p ${rate} -c:a aac -ac 2 -flvflags no_duration_filesize -f flv -y`,
      `${file}.new`,
    ).done;
    if (made.code !== 0) throw new Error(`the clip ${name} could not be made: ${made.err}`);
    renameSync(`${file}.new`, file);
  }
  const packets: Packet[] = [];
  const demuxer = new FlvDemuxer((packet) => void packets.push(packet));
  new FlvReader(({ type, timestampMs, body }) => demuxer.tag(type, timestampMs, body)).push(readFileSync(file));
  return packets.filter(({ kind, track }) => (kind === "config" || kind === "frame") && track.kind !== "data");
}
