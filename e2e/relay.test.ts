import assert from "node:assert/strict";
import test from "node:test";
import { clip } from "./clips.ts";
import { startNginx, withoutNginx } from "./nginx.ts";
import { type Frame, ffmpeg, frames, missing, until, watched } from "./peers.ts";
import { startServer } from "./server.ts";

const skip = missing("ffmpeg") || withoutNginx;

/** What FFmpeg saw are the last packets of the file, to the byte and the millisecond: a relay begins at a keyframe. */
async function areTheLast(seen: readonly Frame[], file: string): Promise<void> {
  const all = frames((await ffmpeg(`-i ${file} -map 0:v -map 0:a -c copy -copyts -f framecrc -`).done).out);
  for (const kind of ["0", "1"]) {
    const [its = [], expected = []] = [seen, all].map((list) => list.filter(({ stream }) => stream === kind));
    assert.ok(its.length > expected.length / 2, `${its.length} of ${expected.length} packets`);
    assert.deepEqual(its, expected.slice(-its.length));
  }
}

test("a stream that is pushed to nginx comes out of it to the byte and the millisecond", { skip }, async (t) => {
  const nginx = await startNginx(t, "publish_notify on;");
  const server = await startServer(
    t,
    `auth: open\napps: { live: { push: [{ url: "${nginx}/live/out-{name}", private: true }] } }\n`,
  );
  const file = await clip("small");
  const viewer = watched(`${nginx}/live/out-cam`);
  const publisher = await ffmpeg(`-re -i ${file} -c copy -f flv ${server.rtmp}/live/cam`).done;
  assert.equal(publisher.code, 0, publisher.err);
  const seen = await viewer;
  await areTheLast(seen.frames, file);
  const said = () => server.log().map(({ message }) => message);
  await until(() => said().includes("push ended"), "the push has ended");
  assert.ok(said().includes("push runs"));
});
