import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { clip } from "./clips.ts";
import { startNginx, withoutNginx } from "./nginx.ts";
import { type Frame, ffmpeg, frames, missing, peer, until, watched } from "./peers.ts";
import { startServer } from "./server.ts";

const main = fileURLToPath(new URL("../packages/server/bin/main.mjs", import.meta.url));
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

test("a viewer who waits gets from nginx what is published there, to the byte and the millisecond", {
  skip,
}, async (t) => {
  const nginx = await startNginx(t, "publish_notify on;");
  const server = await startServer(
    t,
    `auth: open\napps: { live: { pull: { url: "${nginx}/live/{name}", private: true } } }\n`,
  );
  const file = await clip("small");
  const viewer = watched(`${server.rtmp}/live/cam`);
  await until(() => server.log().some(({ role }) => role === "viewer"), "the viewer waits");
  const publisher = await ffmpeg(`-re -i ${file} -c copy -f flv ${nginx}/live/cam`).done;
  assert.equal(publisher.code, 0, publisher.err);
  await areTheLast((await viewer).frames, file);
  await until(() => server.log().some(({ message }) => message === "pull ended"), "the pull has ended");
});

test("a push goes over to another server when the first one is emptied, and no frame is lost or comes twice", {
  skip: missing("ffmpeg"),
}, async (t) => {
  const [first, second] = [await startServer(t), await startServer(t)];
  const source = await startServer(
    t,
    `auth: open\napps: { live: { push: [{ url: "${first.rtmp}/live/{name}", private: true }] } }\n`,
  );
  const file = await clip("stage");
  const [before, after] = [first, second].map(({ rtmp }) =>
    ffmpeg(`-i ${rtmp}/live/cam -map 0:v -map 0:a -c copy -copyts -f framecrc -flush_packets 1 -`),
  );
  const publisher = ffmpeg(`-re -t 7 -i ${file} -c copy -f flv ${source.rtmp}/live/cam`);
  const seen = (program: typeof before) => frames(program?.text.out ?? "");
  await until(() => seen(before).length > 20, "the first server has the stream");
  const drained = await peer(
    process.execPath,
    [main, "-c", join(first.folder, "sluice.yaml"), "drain", "--to", second.rtmp],
    { env: { SLUICE_HTTP_PORT: new URL(first.http).port } },
  ).done;
  assert.equal(drained.code, 0, drained.err);
  await publisher.done;
  await after?.done;
  before?.child.kill("SIGINT");
  await before?.done;
  assert.ok(source.log().some(({ message }) => String(message).startsWith("push goes on over another connection")));
  const all = frames((await ffmpeg(`-i ${file} -map 0:v -map 0:a -c copy -copyts -f framecrc -`).done).out);
  for (const kind of ["0", "1"]) {
    const [its, theirs, expected] = [seen(before), seen(after), all].map((list) =>
      list.filter(({ stream }) => stream === kind),
    );
    const both = [...(its ?? []), ...(theirs ?? [])];
    const at = expected?.findIndex(({ dts }) => dts === both[0]?.dts) ?? -1;
    assert.ok((theirs?.length ?? 0) > 20 && at >= 0, `${its?.length} and ${theirs?.length} packets`);
    assert.deepEqual(both, expected?.slice(at, at + both.length));
  }
});
