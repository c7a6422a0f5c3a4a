import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { clip } from "./clips.ts";
import { ffmpeg, frames, missing, peer, until, words } from "./peers.ts";
import { type RealServer, startServer } from "./server.ts";

const skip =
  process.platform === "linux" ? missing("ffmpeg", "ffprobe") : "the processes of a server are looked up in /proc";

const ladder = "[{ name: mid, height: 180, bitrate: 300 }, { name: low, height: 90, fps: 15, bitrate: 100 }]";
/** Whatever else this machine does meanwhile: there is room. */
const roomy = "transcoding: { preset: ultrafast, budget: 64 }";

/** 640 × 360 with B-frames, 30 frames a second and a keyframe every other, from a file, at its own speed, for as long as the test lasts. */
async function publish(t: TestContext, server: RealServer, stream = "live/cam", loops = -1): Promise<void> {
  const file = await clip("stage");
  const { child, done } = ffmpeg(
    `-re -stream_loop ${loops} -i`,
    file,
    ...words("-c copy -f flv"),
    `${server.rtmp}/${stream}`,
  );
  t.after(async () => {
    child.kill("SIGKILL");
    await done;
  });
}

/** What the server has logged of a stream's transcoder. */
function states(server: RealServer, stream = "live/cam"): { state: string; reason: string }[] {
  return server
    .log()
    .flatMap((line) =>
      line.message === "transcoder" && line.stream === stream
        ? [{ state: String(line.state), reason: String(line.reason ?? "") }]
        : [],
    );
}

const count = (server: RealServer, state: string, stream?: string) =>
  states(server, stream).filter((each) => each.state === state).length;

/** The processes that make the server's rungs and pictures now; not those that find out what FFmpeg can do. */
function transcoders({ pid }: RealServer): number[] {
  const children = words(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim());
  return children.map(Number).filter((child) => commandOf(child).includes("pipe:3"));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return ""; // it has just gone
  }
}

type Probed = {
  readonly streams: readonly { codec_type: string; width: number; height: number; avg_frame_rate: string }[];
  readonly packets: readonly { stream_index: number; pts_time: string; flags: string }[];
};

/** What ffprobe sees of some seconds of a stream. */
async function probe(url: string, seconds: number): Promise<Probed> {
  const entries = "stream=codec_type,width,height,avg_frame_rate:packet=stream_index,pts_time,flags";
  const { done } = peer("ffprobe", [
    ...words(`-v error -select_streams v -show_entries ${entries} -of json -read_intervals %+${seconds}`),
    url,
  ]);
  const { out, err } = await done;
  return JSON.parse(out || assert.fail(`ffprobe said nothing of ${url}: ${err}`)) as Probed;
}

const seconds = ({ packets }: Probed, only = "") =>
  packets.filter(({ flags }) => flags.startsWith(only)).map(({ pts_time }) => Number(pts_time));

/** How many of the one are among the other. */
const common = (some: readonly number[], others: readonly number[]) =>
  some.filter((time) => others.some((other) => Math.abs(other - time) < 0.0005)).length;

test("rungs play with their exact size and frame rate, and their keyframes have the source's times", {
  skip,
}, async (t) => {
  const server = await startServer(t, `auth: open\n${roomy}\napps: { live: { ladder: ${ladder} } }\n`);
  await publish(t, server);
  await until(() => count(server, "running") > 0, "the rungs are made");
  const names = ["source", "mid", "low"];
  const probed = await Promise.all(names.map((name) => probe(`${server.rtmp}/live/cam?rendition=${name}`, 9)));
  assert.deepEqual(
    probed.map(({ streams }) => [streams[0]?.width, streams[0]?.height]),
    [
      [640, 360],
      [320, 180],
      [160, 90],
    ],
  );
  const [source, mid, low] = probed as [Probed, Probed, Probed];
  const frameRates = [source, mid, low].map((each) => {
    const times = seconds(each).sort((a, b) => a - b);
    return (times.length - 1) / ((times.at(-1) ?? 0) - (times[0] ?? 0));
  });
  for (const [index, wanted] of [30, 30, 15].entries())
    assert.ok(Math.abs((frameRates[index] ?? 0) / wanted - 1) < 0.05, `${names[index]}: ${frameRates[index]}`);
  for (const each of [mid, low]) {
    const [keyframes, wanted] = [seconds(each, "K"), seconds(source, "K")];
    assert.ok(keyframes.length >= 3, `${keyframes.length} keyframes`);
    // Viewers begin at different keyframes; where both watched, each has the other's.
    const both = (times: readonly number[], others: readonly number[]) =>
      times.filter((time) => time >= Math.min(...others) - 0.001 && time <= Math.max(...others) + 0.001);
    const [seen, of] = [both(keyframes, wanted), both(wanted, keyframes)];
    assert.ok(seen.length >= 2);
    assert.equal(common(seen, of), seen.length, `${seen} are not among ${of}`);
    assert.equal(seen.length, of.length);
  }
});

test("a transcoder that is killed loses no viewer, and its rungs come back", { skip }, async (t) => {
  const server = await startServer(t, `auth: open\n${roomy}\napps: { live: { ladder: ${ladder} } }\n`);
  await publish(t, server);
  await until(() => count(server, "running") > 0, "the rungs are made");
  const viewer = ffmpeg("-i", `${server.rtmp}/live/cam?rendition=low`, ...words("-map 0:v -c copy -f framecrc -"));
  t.after(async () => {
    viewer.child.kill("SIGKILL");
    await viewer.done;
  });
  const seen = () => viewer.text.out.split("\n").length;
  await until(() => seen() > 60, "the viewer has pictures");
  const [pid = assert.fail("there is no transcoder")] = transcoders(server);
  process.kill(pid, "SIGKILL");
  await until(() => count(server, "failed") === 1, "it is seen that it is gone");
  await until(() => count(server, "running") === 2, "the rungs are made again");
  assert.match(
    states(server).find(({ state }) => state === "failed")?.reason ?? "",
    /SIGKILL; it is started again in 0.5 s/,
  );
  assert.notEqual(transcoders(server)[0], pid);
  const before = seen();
  await until(() => seen() > before + 150, "the viewer has more pictures");
  assert.equal(viewer.child.exitCode, null);
  assert.ok(!server.log().some(({ message }) => message === "viewer ended"));
});

test("a transcoder that hangs is replaced", { skip }, async (t) => {
  const server = await startServer(t, `auth: open\n${roomy}\napps: { live: { ladder: ${ladder} } }\n`);
  await publish(t, server);
  await until(() => count(server, "running") > 0, "the rungs are made");
  const [pid = assert.fail("there is no transcoder")] = transcoders(server);
  process.kill(pid, "SIGSTOP");
  await until(() => count(server, "failed") > 0, "it is seen that it hangs");
  assert.match(states(server).find(({ state }) => state === "failed")?.reason ?? "", /^nothing came out of it/);
  await until(() => count(server, "running") > 1, "the rungs are made again");
  assert.ok(!transcoders(server).includes(pid));
});

test("the end of the stream ends those who watch a rung, after what is in it", { skip }, async (t) => {
  const server = await startServer(t, `auth: open\n${roomy}\napps: { live: { ladder: ${ladder} } }\n`);
  await publish(t, server, "live/cam", 0);
  await until(() => count(server, "running") > 0, "the rungs are made");
  const watched = await Promise.all(
    ["source", "low"].map((name) => {
      const input = ["-i", `${server.rtmp}/live/cam?rendition=${name}`];
      return ffmpeg("", ...input, ...words("-map 0:v -c copy -copyts -f framecrc -")).done;
    }),
  );
  const [source = 0, low = 0] = watched.map(({ out }) => frames(out).at(-1)?.pts);
  assert.ok(source > 19_000, `the source ends at ${source} ms`);
  assert.ok(source - low < 1_500, `the rung ends at ${low} ms`);
});

test("a ladder on demand is made while somebody watches one of its rungs", { skip }, async (t) => {
  const app = `{ ladder: ${ladder}, ladderStart: demand, ladderIdle: 1s }`;
  const server = await startServer(t, `auth: open\n${roomy}\napps: { live: ${app} }\n`);
  await publish(t, server);
  await until(() => count(server, "planned") > 0, "the ladder is planned");
  assert.deepEqual([count(server, "starting"), transcoders(server)], [0, []]);
  const viewer = ffmpeg("-i", `${server.rtmp}/live/cam?rendition=low`, ...words("-map 0:v -c copy -f null -"));
  await until(() => count(server, "running") > 0, "the rungs are made");
  assert.equal(transcoders(server).length, 1);
  viewer.child.kill("SIGKILL");
  await viewer.done;
  await until(() => states(server).at(-1)?.reason === "nobody needs another quality now", "it has stopped");
  await until(() => transcoders(server).length === 0, "the process is gone");
});

test("a stream for which there is no room is refused in words, and the one that runs goes on", { skip }, async (t) => {
  const limits = "transcoding: { preset: ultrafast, budget: 64, maxStreams: 1, whenFull: refuse }";
  const server = await startServer(t, `auth: open\n${limits}\napps: { live: { ladder: ${ladder} } }\n`);
  await publish(t, server);
  await until(() => count(server, "running") > 0, "the first has its rungs");
  await publish(t, server, "live/second");
  await until(() => count(server, "refused", "live/second") === 1, "the second is refused");
  assert.equal(
    states(server, "live/second").at(-1)?.reason,
    "one stream has a ladder, and no more may (transcoding.maxStreams)",
  );
  assert.equal(states(server).at(-1)?.state, "running");
  const { streams } = await probe(`${server.rtmp}/live/second?rendition=low`, 1);
  assert.equal(streams[0]?.width, 640, "who wants a rung that is not there gets the source");
});

/** Width and height of a JPEG, from its frame header (ITU-T T.81, B.2.2). */
function jpegSize(jpeg: Buffer): { width: number; height: number } {
  assert.equal(jpeg.readUInt16BE(0), 0xffd8);
  for (let at = 2; at + 9 < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg.readUInt16BE(at);
    if (marker >= 0xffc0 && marker <= 0xffc2)
      return { height: jpeg.readUInt16BE(at + 5), width: jpeg.readUInt16BE(at + 7) };
  }
  return assert.fail("the JPEG has no frame header");
}

test("small pictures are JPEGs of the wanted width, and the storyboard has those of the past", { skip }, async (t) => {
  const server = await startServer(t, "auth: open\napps: { live: { thumbnails: 2s, thumbnailWidth: 160 } }\n");
  await publish(t, server);
  const get = (path: string) => fetch(`${server.http}/live/${path}`);
  await until(async () => (await get("cam.jpg")).status === 200, "there is a picture");
  const picture = Buffer.from(await (await get("cam.jpg")).arrayBuffer());
  assert.deepEqual(jpegSize(picture), { width: 160, height: 90 });
  const cues = async () => (await (await get("cam.vtt")).text()).match(/^cam\/-\/.+\.jpg$/gm) ?? [];
  await until(async () => (await cues()).length >= 3, "the storyboard has three pictures");
  const all = await Promise.all((await cues()).map(async (path) => Buffer.from(await (await get(path)).arrayBuffer())));
  for (const each of all) assert.deepEqual(jpegSize(each), { width: 160, height: 90 });
  assert.equal(transcoders(server).length, 1);
});
