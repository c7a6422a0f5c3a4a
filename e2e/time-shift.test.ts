import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { picture, sound } from "./clips.ts";
import { type Frame, ffmpeg, frames, missing, peer, until, words } from "./peers.ts";
import { isLive, startServer } from "./server.ts";

const skip = missing("ffmpeg", "ffprobe");

/** A keyframe a second, in pictures that do not compress well, so that there is something to go to disk. */
const encode = `-c:v libx264 -preset ultrafast -tune zerolatency -g 25 -pix_fmt yuv420p -b:v 8M -maxrate 8M -bufsize 2M -c:a aac -ac 2`;
const noisy = `-vf noise=alls=60:allf=t`;

/** What FFmpeg reads at an address, as it comes in; `stop` ends it. */
function reader(url: string, more = "") {
  const { text, done, child } = ffmpeg(
    `${more} -i ${url} -map 0:v -map 0:a -c copy -copyts -flush_packets 1 -f framecrc -`,
  );
  return { frames: () => frames(text.out), done, stop: () => child.kill("SIGINT") };
}

const plain = ({ stream, dts, pts, size, crc }: Frame) => `${stream} ${dts} ${pts} ${size} ${crc}`;
const pictures = (list: readonly Frame[]) => list.filter(({ stream }) => stream === "0");

/** What is the same, to the byte and the millisecond, as what the live viewer got at that time: all of it. */
function assertPartOf(live: readonly Frame[], seen: readonly Frame[]): void {
  for (const kind of ["0", "1"]) {
    const [all, part] = [live, seen].map((list) => list.filter(({ stream }) => stream === kind).map(plain));
    const start = all?.indexOf(part?.[0] ?? "") ?? -1;
    assert.ok(start >= 0, `the live viewer never saw ${part?.[0]}`);
    assert.deepEqual(part, all?.slice(start, start + (part?.length ?? 0)));
  }
}

test("viewers begin in the past, over HTTP-FLV and RTMP, from memory and from disk, with what live viewers saw then", {
  skip,
}, async (t) => {
  const config = "auth: open\ndvr: { memory: 1MiB }\napps: { live: { keep: 2s, dvrMemory: 1MiB } }\n";
  const server = await startServer(t, config);
  const rtmp = `${server.rtmp}/live/cam`;
  const flv = `${server.http}/live/cam.flv`;
  const live = reader(rtmp);
  await until(() => server.log().some(({ role }) => role === "viewer"), "the live viewer waits");
  const publisher = ffmpeg(`-re ${picture("640x360", 25, 34)} -re ${sound(34)} ${noisy} ${encode} -f flv ${rtmp}`);
  const livePts = () => (pictures(live.frames()).at(-1)?.dts ?? 0) / 1000;
  await until(() => livePts() > 16, "sixteen seconds have been published", 40_000);
  const spill = join(server.folder, ".sluice", "dvr");
  assert.ok(readdirSync(spill).length > 0);

  const joined = livePts();
  // On a busy machine it takes players seconds to start: what is asked for as a time stays where it is, what is asked for as a distance moves on meanwhile.
  const delayed = [
    { behind: 10, reader: reader(`${flv}?from=-10s`) },
    { behind: 12, reader: reader(`${rtmp}?from=-12`) },
    { begins: joined - 4, reader: reader(`${flv}?from=${Date.now() / 1000 - 4}`) },
    { begins: 0, reader: reader(`${rtmp}?from=-1h`) },
  ];
  await until(
    () => delayed.every((each) => pictures(each.reader.frames()).length > 75),
    "all have three seconds",
    30_000,
  );
  const now = livePts();
  for (const { behind, begins, reader: each } of delayed) {
    const [first, last] = [0, -1].map((place) => pictures(each.frames()).at(place)?.dts ?? -1);
    assert.ok(first !== undefined && last !== undefined);
    assert.equal(first % 1000, (pictures(live.frames())[0]?.dts ?? 0) % 1000, "a keyframe");
    if (begins !== undefined) assert.ok(Math.abs(first / 1000 - begins) < 2.5, `${begins} begins at ${first}`);
    if (behind !== undefined) assert.ok(Math.abs(now - last / 1000 - behind) < 3, `${behind} before ${now} is ${last}`);
  }
  const entries = "-show_entries packet=stream_index,flags,dts_time -select_streams v -of csv=p=0";
  const probe = `-v error -read_intervals %+#3 ${entries} ${flv}?from=-10s`;
  const probed = await peer("ffprobe", words(probe)).done;
  assert.match(probed.out, /^\d+,[\d.]+,K/);

  assert.equal((await publisher.done).code, 0);
  await live.done;
  await Promise.all(delayed.map(({ reader: each }) => each.done));
  const all = live.frames();
  for (const { reader: each } of delayed) {
    assertPartOf(all, each.frames());
    assert.equal(plain(pictures(each.frames()).at(-1) ?? assert.fail()), plain(pictures(all).at(-1) ?? assert.fail()));
  }
  await until(() => readdirSync(spill).length === 0, "the stream's files are gone");
});

test("a server that was killed leaves files, and the next one removes them", { skip }, async (t) => {
  const config = "auth: open\ndvr: { memory: 1MiB }\napps: { live: { keep: 1s, dvrMemory: 1MiB } }\n";
  const server = await startServer(t, config);
  const publisher = ffmpeg(`-re ${picture("640x360", 25, 60)} ${noisy} ${encode} -an -f flv ${server.rtmp}/live/cam`);
  const spill = join(server.folder, ".sluice", "dvr");
  await until(() => existsSync(spill) && readdirSync(spill).length > 0, "something is on disk");
  await server.stop("SIGKILL");
  publisher.child.kill("SIGKILL");
  assert.ok(readdirSync(spill).length > 0);
  await startServer(t, `${config.replace("dvr: {", `dvr: { directory: "${spill}",`)}`);
  assert.deepEqual(readdirSync(spill), []);
});

test("what is no time is refused, in each protocol's words", { skip }, async (t) => {
  const server = await startServer(t);
  const publisher = ffmpeg(`-re ${picture("160x90", 25, 30)} ${encode} -an -f flv ${server.rtmp}/live/cam`);
  await until(() => isLive(server, "live/cam"), "the stream is live");
  const answer = await fetch(`${server.http}/live/cam.flv?from=yesterday`);
  assert.equal(answer.status, 400);
  assert.equal(((await answer.json()) as { code: string }).code, "stream/from");
  const refused = await ffmpeg(`-i ${server.rtmp}/live/cam?from=yesterday -f null -`).done;
  assert.notEqual(refused.code, 0);
  assert.ok(server.log().some(({ rule }) => rule === "stream/from"));
  publisher.child.kill("SIGKILL");
});
