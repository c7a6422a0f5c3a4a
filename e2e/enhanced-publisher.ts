import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import type { TestContext } from "node:test";
import { rtmpClient } from "../packages/server/testing/clients.ts";
import { folder, picture, sound } from "./clips.ts";
import { ffmpeg, peer } from "./peers.ts";

type Sample = { readonly isVideo: boolean; readonly timeMs: number; readonly keyframe: boolean; readonly data: Buffer };

/** HEVC and AAC as an encoder of today publishes them, Enhanced RTMP's hvc1: Debian's FFmpeg makes them, but cannot put them into FLV. Goes on for ever. */
export async function publishHevc(t: TestContext, port: number, name: string): Promise<void> {
  const { samples, hvcC } = await hevcClip();
  const { connection, socket } = await rtmpClient(port);
  t.after(() => socket.destroy());
  connection.publish(1, name);
  connection.media(1, 9, 0, Buffer.concat([hvc1(0, true), hvcC]));
  connection.media(1, 8, 0, Buffer.from("af001190", "hex"));
  const began = performance.now();
  let sent = 0;
  const length = (samples.at(-1)?.timeMs ?? 0) + 40;
  const timer = setInterval(() => {
    for (; ; sent++) {
      const sample = samples[sent % samples.length];
      if (!sample) return;
      const timeMs = sample.timeMs + Math.floor(sent / samples.length) * length;
      if (timeMs > performance.now() - began) return;
      const head = sample.isVideo ? hvc1(3, sample.keyframe) : Buffer.from("af01", "hex");
      connection.media(1, sample.isVideo ? 9 : 8, timeMs, Buffer.concat([head, sample.data]));
    }
  }, 20);
  t.after(() => clearInterval(timer));
}

/** The extended video header: 0 begins the sequence, 3 is coded frames without a composition time. */
function hvc1(packetType: number, keyframe: boolean): Buffer {
  return Buffer.concat([Buffer.of(0x80 | ((keyframe ? 1 : 2) << 4) | packetType), Buffer.from("hvc1")]);
}

async function hevcClip(): Promise<{ samples: Sample[]; hvcC: Buffer }> {
  const file = `${folder}hevc.mp4`;
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const made = await ffmpeg(
      `${picture("320x180", 25, 4)} ${sound(4)} -c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=0:keyint=25 -tag:v hvc1 -pix_fmt yuv420p -c:a aac -ac 2 -y`,
      `${file}.new.mp4`,
    ).done;
    if (made.code !== 0) throw new Error(`the HEVC clip could not be made: ${made.err}`);
    renameSync(`${file}.new.mp4`, file);
  }
  const bytes = readFileSync(file);
  const box = bytes.indexOf("hvcC");
  const { out } = await peer("ffprobe", [
    ..."-v error -show_entries packet=codec_type,dts_time,pos,size,flags -of json".split(" "),
    file,
  ]).done;
  const { packets } = JSON.parse(out) as {
    packets: Record<"codec_type" | "dts_time" | "pos" | "size" | "flags", string>[];
  };
  const samples = packets
    .map(({ codec_type, dts_time, pos, size, flags }) => ({
      isVideo: codec_type === "video",
      timeMs: Math.max(0, Math.round(Number(dts_time) * 1000)),
      keyframe: flags.startsWith("K"),
      data: bytes.subarray(Number(pos), Number(pos) + Number(size)),
    }))
    .sort((a, b) => a.timeMs - b.timeMs);
  return { samples, hvcC: bytes.subarray(box + 4, box - 4 + bytes.readUInt32BE(box - 4)) };
}
