import assert from "node:assert/strict";
import test from "node:test";
import { picture, sound } from "./clips.ts";
import { validateDash } from "./dash-viewer.ts";
import { ffmpeg, missing, until } from "./peers.ts";
import { startServer } from "./server.ts";

/** Seconds that a stream is followed; a minute for those who have it. */
const seconds = Number(process.env.SLUICE_E2E_FOLLOW_SECONDS ?? 15);
const tiny = picture("320x180", 25, 3_600);
const tone = sound(3_600);
const quick = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";
const encoders = {
  "B-frames and sound": `-re ${tiny} -re ${tone} ${quick} -bf 2 -b_strategy 0 -g 50 -c:a aac -ac 2`,
  "one keyframe in ten seconds": `-re ${tiny} -re ${tone} ${quick} -tune zerolatency -g 250 -keyint_min 250 -sc_threshold 0 -c:a aac -ac 2`,
  "only sound": `-re ${tone} -c:a aac -ac 2`,
  "only pictures": `-re ${tiny} ${quick} -tune zerolatency -g 50`,
} as const;

test("whatever is published, manifests keep to the rules, and segments come while they are written", {
  skip: missing("ffmpeg"),
}, async (t) => {
  const server = await startServer(t);
  await Promise.all(
    Object.entries(encoders).map(async ([what, encoder], index) => {
      const publisher = ffmpeg(`${encoder} -f flv ${server.rtmp}/live/cam${index}`);
      t.after(async () => {
        publisher.child.kill("SIGKILL");
        await publisher.done;
      });
      const url = `${server.http}/live/cam${index}.mpd`;
      await until(async () => (await fetch(url)).status === 200, `${what} is there`);
      const report = await validateDash(url, { seconds });
      assert.deepEqual(report.problems, [], what);
      t.diagnostic(
        `${what}: ${report.snapshots} manifests, ${report.segments} segments, ${report.growing} as they grew`,
      );
      assert.ok(report.segments >= seconds / 6, `${report.segments} segments`);
      assert.ok(report.growing > 0, "no segment came while it was written");
    }),
  );
});
