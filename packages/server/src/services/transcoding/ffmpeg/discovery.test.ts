import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { fakeProgram } from "../../../../testing/fake-program.ts";
import { TranscodingError } from "../engine.ts";
import { Discovery } from "./discovery.ts";

const refused = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof TranscodingError && error.code === code && words.test(error.message);

/** A program that says it is FFmpeg with these encoders, and encodes with those of `working`. Each run is one line of its log. */
function fake(
  t: TestContext,
  listed: readonly string[],
  working: readonly string[] = [],
): { path: string; runs(): string[] } {
  const log = `${fakeProgram(t, "")}.log`;
  const list = listed.map((name) => `echo " V....D ${name} An encoder"`).join("\n");
  const path = fakeProgram(
    t,
    `echo "$*" >> "${log}"
case "$*" in
  -version) echo "ffmpeg version 6.1 Copyright";;
  *-encoders) echo " V..... = Video"; ${list || ":"};;
  ${working.map((name) => `*${name}*) cat > /dev/null;;`).join("\n  ")}
  *) echo "Cannot load libcuda.so.1" >&2; echo "no such device" >&2; exit 1;;
esac`,
  );
  return { path, runs: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []) };
}

test("auto takes the first device that encodes, and remembers", async (t) => {
  const program = fake(t, ["libx264", "h264_nvenc", "h264_qsv", "h264_vaapi"], ["h264_qsv", "h264_vaapi"]);
  const discovery = new Discovery(program.path);
  assert.equal(await discovery.choose("auto", ["h264"]), "qsv");
  const runs = program.runs().length;
  assert.equal(runs, 4, "its version, its list, two trials");
  assert.equal(await discovery.choose("auto", ["h264"]), "qsv");
  assert.equal(program.runs().length, runs);
});

test("auto falls back to the processor where no device encodes, or not all codecs", async (t) => {
  const broken = fake(t, ["libx264", "h264_nvenc", "h264_vaapi"]);
  assert.equal(await new Discovery(broken.path).choose("auto", ["h264"]), "software");
  const half = fake(t, ["libx264", "libx265", "h264_nvenc"], ["h264_nvenc"]);
  assert.equal(await new Discovery(half.path).choose("auto", ["h264", "hevc"]), "software");
});

test("a device that is wanted by name and fails is said in its words", async (t) => {
  const discovery = new Discovery(fake(t, ["libx264", "h264_nvenc"]).path);
  await assert.rejects(discovery.choose("nvenc", ["h264"]), refused("transcoding/encoder", /nvenc.*no such device/));
  await assert.rejects(discovery.choose("vaapi", ["h264"]), refused("transcoding/encoder", /no h264_vaapi/));
  await assert.rejects(discovery.choose("software", ["hevc"]), refused("transcoding/encoder", /no libx265/));
  await assert.rejects(discovery.choose("software", ["vp6"]), refused("transcoding/encoder", /none for vp6/));
});

test("a program that is missing, too old, or fails is refused, and asked anew the next time", async (t) => {
  await assert.rejects(new Discovery("/nowhere/ffmpeg").version(), refused("transcoding/ffmpeg", /not installed/));
  const old = fakeProgram(t, 'echo "ffmpeg version 3.4 Copyright"');
  await assert.rejects(new Discovery(old).version(), refused("transcoding/ffmpeg", /3\.4; it takes 4\.4/));
  const broken = fakeProgram(t, 'echo "libavcodec.so.59: cannot open" >&2; exit 127');
  await assert.rejects(new Discovery(broken).version(), refused("transcoding/ffmpeg", /libavcodec/));
  const once = fakeProgram(t, 'if [ -e "$0.ran" ]; then echo "ffmpeg version 6.0 x"; else : > "$0.ran"; exit 1; fi');
  const discovery = new Discovery(once);
  await assert.rejects(discovery.version());
  assert.equal((await discovery.version()).text, "6.0");
});
