import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import type { Browser } from "playwright-core";
import { fragmented, recipes, reference } from "./mp4-clips.ts";
import { openBrowser, noBrowser as skip } from "./watch-page.ts";

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

/** What Debian's Chromium has no decoder for, or takes in no MP4. */
const unknown = new Set(["hevc", "hevcHighRange", "vp8", "mp3", "mp3LowRate", "ac3", "eac3"]);
const names = (Object.keys(recipes) as (keyof typeof recipes)[]).filter((name) => !unknown.has(name));

for (const name of names) {
  test(`${name}: Chromium buffers all of our fragments and decodes from the middle`, { skip }, async (t) => {
    const clip = await reference(name);
    const { track, timescale, samples } = clip;
    const page = await browser.newPage();
    t.after(() => page.close());
    const type = `${track.kind}/mp4; codecs="${track.codecString}"`;
    const data = Buffer.from(fragmented(clip, { perFragment: 7, from: 0 })).toString("base64");
    const seen = await page.evaluate(played, { type, data });
    assert.equal(seen.problem, "");
    const ticks = samples.reduce((sum, { duration }) => sum + duration, 0);
    const first = samples[0]?.compositionOffset ?? 0;
    assert.equal(seen.ranges.length, 1, JSON.stringify(seen));
    const [start = Number.NaN, end = Number.NaN] = seen.ranges[0] ?? [];
    assert.ok(Math.abs(start - first / timescale) < 0.001, `starts at ${start}`);
    assert.ok(Math.abs(end - (first + ticks) / timescale) < 0.05, `ends at ${end}`);
    assert.deepEqual(seen.size, track.kind === "video" ? [name === "h264Anamorphic" ? 213 : 160, 90] : [0, 0]);
    assert.ok(seen.decoded > 0);
  });
}

/** Runs in the page. */
async function played({ type, data }: { type: string; data: string }) {
  const video = document.createElement("video");
  document.body.append(video);
  video.muted = true;
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  const result = { problem: "", ranges: [] as [number, number][], size: [0, 0], decoded: 0 };
  const happens = (target: EventTarget, event: string) =>
    new Promise<void>((resolve) => {
      target.addEventListener(event, () => resolve(), { once: true });
      setTimeout(resolve, 20_000);
    });
  await happens(source, "sourceopen");
  if (!MediaSource.isTypeSupported(type)) return { ...result, problem: `${type} is not supported` };
  const buffer = source.addSourceBuffer(type);
  buffer.appendBuffer(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
  await happens(buffer, "updateend");
  if (source.readyState === "open") source.endOfStream();
  video.currentTime = 1;
  video.playbackRate = 4;
  await happens(video, "seeked");
  await video.play().catch(() => undefined);
  await happens(video, "ended");
  for (let index = 0; index < video.buffered.length; index++)
    result.ranges.push([video.buffered.start(index), video.buffered.end(index)]);
  result.size = [video.videoWidth, video.videoHeight];
  const chromium = video as unknown as { webkitAudioDecodedByteCount: number; webkitVideoDecodedByteCount: number };
  result.decoded = chromium.webkitAudioDecodedByteCount + chromium.webkitVideoDecodedByteCount;
  return { ...result, problem: video.error?.message ?? "" };
}
