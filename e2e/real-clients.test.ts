import assert from "node:assert/strict";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { flvViewer } from "../packages/server/testing/clients.ts";
import { obs } from "./obs.ts";
import { ffmpeg, frames, missing, peer, until, words } from "./peers.ts";
import { isLive, startServer } from "./server.ts";
import { publish } from "./watch-page.ts";

/** VLC refuses to run as root. */
const asSomeone = process.getuid?.() === 0 ? words("runuser -u nobody -- cvlc") : ["cvlc"];

/** Plays with VLC for some seconds into a file; resolves to what it wrote and said. */
async function vlc(folder: string, url: string, seconds: number): Promise<{ file: string; log: string }> {
  mkdirSync(folder, { recursive: true });
  chmodSync(join(folder, ".."), 0o755);
  chmodSync(folder, 0o777);
  const file = join(folder, "seen.ts");
  const [program = "cvlc", ...args] = asSomeone;
  const output = `--sout #std{access=file,mux=ts,dst=${file}}`;
  const options = words(`-vv --no-color --run-time ${seconds} ${output} ${url} vlc://quit`);
  const { out, err } = await peer(program, [...args, ...options], { env: { HOME: folder } }).done;
  return { file, log: out + err };
}

for (const over of ["http", "rtmp"] as const) {
  test(`VLC plays over ${over} what it joins late, at once and without a flaw`, {
    skip: missing("ffmpeg", "cvlc"),
  }, async (t) => {
    const server = await startServer(t);
    await publish(t, server, "live/cam", "full");
    const early = await flvViewer(Number(new URL(server.http).port), "live/cam");
    t.after(() => early.close());
    const hasLaterKeyframe = () =>
      early.packets.some(({ track, keyframe, dtsUs }) => track.kind === "video" && keyframe && dtsUs > 1e6);
    await until(hasLaterKeyframe, "there is a keyframe that is not the first");
    const url = over === "http" ? `${server.http}/live/cam.flv` : `${server.rtmp}/live/cam`;
    const { file, log } = await vlc(join(server.folder, "vlc"), url, 4);
    const [, held, waited] = /Stream buffering done \((\d+) ms in (\d+) ms\)/.exec(log) ?? [];
    t.diagnostic(`VLC held ${held} ms back and waited ${waited} ms`);
    assert.ok(Number(waited) < 3_000, `it waited ${waited} ms for ${held} ms`);
    const decoded = await ffmpeg(`-i ${file} -map 0:v -f framecrc -`).done;
    const count = frames(decoded.out).length;
    assert.ok(count >= 75, `${count} frames`);
    assert.doesNotMatch(decoded.err, /h264|Error/);
  });
}

test("OBS publishes, and every frame of three seconds can be decoded", {
  skip: missing("ffmpeg", "obs", "xvfb-run"),
}, async (t) => {
  const server = await startServer(t, "auth: key\nstreamKeys: [a-key-of-obs]\n");
  const studio = obs(join(server.folder, "obs"), `${server.rtmp}/live`, "cam?key=a-key-of-obs", 10);
  t.after(() => studio.done);
  await until(() => isLive(server, "live/cam"), "OBS publishes");
  const decoded = await ffmpeg(`-t 3 -i ${server.http}/live/cam.flv -map 0:v -f framecrc -`).done;
  assert.equal(decoded.err.trim(), "");
  const times = frames(decoded.out).map(({ pts }) => pts);
  assert.ok(times.length >= 88, `${times.length} frames`);
  assert.match(decoded.out, /#dimensions 0: 640x360/);
  const publisher = server.log().find(({ role, message }) => role === "publisher" && message === "publisher opened");
  assert.equal(publisher?.agent, "FMLE/3.0 (compatible; FMSc/1.0)");
  assert.ok(!server.output().includes("a-key-of-obs"));
});
