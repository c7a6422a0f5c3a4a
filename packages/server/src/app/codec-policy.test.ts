import assert from "node:assert/strict";
import test from "node:test";
import { parseConfig } from "../config/load.ts";
import { ConfigError } from "../config/problem.ts";
import { allCodecs, openPolicy } from "../core/codec-policy.ts";
import { codecPolicy } from "./codec-policy.ts";

const appsOf = (text: string) => parseConfig(text, {}).config.apps;

test("an app takes and sends everything until it is told otherwise", () => {
  assert.deepEqual(codecPolicy(appsOf("apps: { live: {} }"), "live"), openPolicy);
  assert.equal(codecPolicy(appsOf("apps: { live: {} }"), "live").in.video, allCodecs.video);
});

test("what is listed is what goes, and each app has its own", () => {
  const apps = appsOf(
    "apps: { live: { enhanced: { videoIn: [h264, flash], audioOut: [aac, flash], multitrack: false } }, show/one: }",
  );
  const policy = codecPolicy(apps, "live");
  assert.deepEqual(
    [...policy.in.video],
    ["h264", "sorenson-h263", "screen-video", "vp6", "vp6-alpha", "screen-video-2"],
  );
  assert.deepEqual([...policy.out.audio], ["aac", "pcm", "adpcm", "nellymoser", "g711a", "g711u", "speex"]);
  assert.deepEqual([policy.in.audio, policy.multitrack, policy.nanoseconds], [allCodecs.audio, false, true]);
  assert.equal(codecPolicy(apps, "live"), policy);
  assert.deepEqual(codecPolicy(apps, "show/one"), openPolicy);
});

test("a name with the stream's behind it is the app's, as clients cut it in connect", () => {
  const apps = appsOf(
    "apps: { live: { enhanced: { multitrack: false } }, live/hd: { enhanced: { nanoseconds: false } } }",
  );
  const words = (name: string) => [codecPolicy(apps, name).multitrack, codecPolicy(apps, name).nanoseconds];
  assert.deepEqual(words("live/cam"), [false, true]);
  assert.deepEqual(words("live/hd/cam"), [true, false]);
  for (const name of ["", "other", "liv", "live2/cam", "__proto__", "constructor/x"])
    assert.equal(codecPolicy(apps, name), openPolicy);
});

test("a codec that there is not is said, with those that there are", () => {
  for (const value of ["[h265]", "everything", "[h264, 7]", "{ h264: true }"]) {
    assert.throws(
      () => appsOf(`apps: { live: { enhanced: { videoIn: ${value} } } }`),
      (error) => error instanceof ConfigError && /all, or a list of h264, hevc/.test(error.message),
      value,
    );
  }
});
