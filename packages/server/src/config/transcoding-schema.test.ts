import assert from "node:assert/strict";
import test from "node:test";
import { parseConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";

/** The ladder of an app, or what is wrong with it. */
function ladder(text: string): unknown {
  try {
    return parseConfig(`apps: { live: { ladder: ${text} } }`, {}).config.apps.live?.ladder;
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ key, text: wrong }) => `${key}: ${wrong}`);
    throw error;
  }
}

const whole = { name: "", width: 0, height: 0, fps: 0, bitrate: 0, codec: "h264", preset: "" };

test("a ladder is a word, or a list of words and of qualities with their defaults", () => {
  assert.equal(ladder("auto"), "auto");
  assert.equal(ladder("none"), "none");
  assert.deepEqual(ladder("[]"), []);
  assert.deepEqual(ladder("[720p, { height: 540, bitrate: 1200 }, audio]"), [
    "720p",
    { ...whole, height: 540, bitrate: 1200 },
    "audio",
  ]);
});

test("what is no ladder is refused with what is one", () => {
  const form =
    "auto, none, or a list of 1440p, 1080p, 720p, 480p, 360p, 240p, audio and qualities such as { height: 540, bitrate: 1200 }";
  assert.deepEqual(ladder("720p"), [`apps.live.ladder: "720p" is not ${form}`]);
  assert.deepEqual(ladder("7"), [`apps.live.ladder: 7 is not ${form}`]);
  assert.deepEqual(ladder("{ height: 540 }"), [`apps.live.ladder: a section is not ${form}`]);
  assert.deepEqual(ladder("[540p]"), [`apps.live.ladder.0: "540p" is not ${form}`]);
  assert.deepEqual(ladder("[[720p]]"), [`apps.live.ladder.0: a list is not ${form}`]);
  assert.deepEqual(ladder("[{ heigth: 540 }, { name: source }, { fps: 1000 }]"), [
    "apps.live.ladder.0.heigth: is no setting; did you mean height?",
    'apps.live.ladder.1.name: "source" is not up to 32 letters, digits, . _ and -, and neither source nor audio',
    "apps.live.ladder.2.fps: 1000 is not a whole number from 0 to 240",
  ]);
  assert.match(String(ladder(`[${"720p,".repeat(9)}]`)), /is not a list of at most 8/);
});
