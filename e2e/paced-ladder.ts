import type { TestContext } from "node:test";
import { type AudioTrack, describeVideo, type Packet, type VideoTrack } from "@sluice/media";
import type { RungPlan } from "../packages/server/src/core/rung.ts";
import type { Host } from "../packages/server/src/protocol.ts";
import { publishLive } from "../packages/server/testing/live.ts";
import { audioTrack, config, videoTrack } from "../packages/server/testing/synthetic.ts";

/** A quality of a made-up stream: its name, and bits per second with the sound. */
export type PacedRung = { readonly name: string; readonly bitrate: number };

const frameMs = 40;
const framesPerGroup = 25;
export const soundBitrate = 48_000;
/** How much larger a keyframe is than the others. */
const keyframeWeight = 5;

/** Publishes a made-up stream in real time, in the first of the qualities, with the others as its rungs: for tests in which nothing is encoded. Their tracks differ in one byte, the H.264 level, by which `qualityOf` knows them. */
export function pacedLadder(t: TestContext, host: Host, qualities: readonly PacedRung[]): void {
  const { stream, source } = publishLive(host);
  const steps = qualities.map(({ bitrate }, index) => ({ track: trackOf(index), bitrate }));
  stream.ladder.plan(qualities.slice(1).map(plan));
  const put = (index: number, packet: Packet) => {
    if (index === 0) return source.append(packet);
    const [rung, group] = [stream.ladder.rungs[index - 1], stream.log.newestGroup];
    if (packet.kind === "config" && group) rung?.begin(group);
    rung?.append(packet);
  };
  const append = (number: number) => {
    const times = { dtsUs: number * frameMs * 1_000, ptsUs: number * frameMs * 1_000 };
    for (const [index, { track, bitrate }] of steps.entries()) {
      if (number === 0) put(index, config(track));
      if (number === 0 && index === 0) source.append(config(audioTrack));
      put(index, picture(track, times, number % framesPerGroup === 0, bitrate));
    }
    source.append(sound(audioTrack, times));
  };
  const from = performance.now();
  let number = 0;
  const timer = setInterval(() => {
    while (number * frameMs <= performance.now() - from) append(number++);
  }, frameMs / 2);
  t.after(() => clearInterval(timer));
}

/** Which of the qualities a picture is of, by its place. */
export function qualityOf({ config: bytes }: VideoTrack): number {
  return (bytes[3] ?? 0) - lowestLevel;
}

const lowestLevel = 20;

function trackOf(index: number): VideoTrack {
  return describeVideo(
    0,
    "h264",
    videoTrack.config.map((byte, at) => (at === 3 ? lowestLevel + index : byte)),
  );
}

function plan({ name, bitrate }: PacedRung): RungPlan {
  return { name, width: 64, height: 64, bitrate: bitrate - soundBitrate, codec: "h264" };
}

type Times = { readonly dtsUs: number; readonly ptsUs: number };

function picture(track: VideoTrack, times: Times, keyframe: boolean, bitrate: number): Packet {
  const groupBytes = ((bitrate - soundBitrate) / 8_000) * frameMs * framesPerGroup;
  const share = groupBytes / (framesPerGroup - 1 + keyframeWeight);
  const data = Buffer.alloc(Math.round(keyframe ? share * keyframeWeight : share), 0x5a);
  data.writeUInt32BE(data.length - 4);
  data[4] = keyframe ? 0x65 : 0x41;
  return { kind: "frame", track, ...times, keyframe, data };
}

function sound(track: AudioTrack, times: Times): Packet {
  const data = Buffer.alloc(Math.round((soundBitrate / 8_000) * frameMs), 0x21);
  return { kind: "frame", track, ...times, keyframe: true, data };
}
