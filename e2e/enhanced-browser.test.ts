import assert from "node:assert/strict";
import test, { after, before, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { enhancedClip, noFfmpeg8 } from "./ffmpeg8.ts";
import { FlvPublisher, flvTags } from "./flv-publisher.ts";
import { until } from "./peers.ts";
import { playerSite, seenPlayer } from "./player-page.ts";
import { isLive, type RealServer, startServer } from "./server.ts";
import { noBrowser, openBrowser, openPage, seen } from "./watch-page.ts";

const skip = noBrowser || noFfmpeg8;

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

/** Somebody who goes on until the test is over. */
async function publish(t: TestContext, server: RealServer, name: Parameters<typeof enhancedClip>[0]): Promise<void> {
  const tags = flvTags(await enhancedClip(name));
  const publisher = await FlvPublisher.connect(t, server.rtmp, "cam");
  publisher.loop(tags);
  await until(() => isLive(server, "live/cam"), "the stream is live");
}

const pairs = [
  { name: "av1", codecs: ["AV1", "Opus"], ways: ["", "ll-hls", "dash"] },
  { name: "vp9", codecs: ["VP9", "Opus"], ways: ["", "ll-hls", "dash"] },
] as const;

for (const { name, codecs, ways } of pairs) {
  for (const way of ways) {
    test(`${codecs.join(" and ")}: the player plays it${way && ` over ${way}`}, and says what it is`, {
      skip,
    }, async (t) => {
      const server = await startServer(t);
      await publish(t, server, name);
      const site = await playerSite(t);
      const query = new URLSearchParams({ src: `${server.http}/live/cam`, autoplay: "", muted: "", prefer: way });
      if (way === "") query.delete("prefer");
      const page = await openPage(t, browser, `${site}?${query}`);
      const shown = await seenPlayer(
        page,
        ({ frames, state }) => state === "live" && frames >= 50,
        "50 frames are played",
      );
      const stats = await page
        .locator("sluice-player")
        .evaluate(
          (element) => (element as HTMLElement & { stats?: { videoCodec?: string; audioCodec?: string } }).stats,
        );
      t.diagnostic(`${shown.protocol}`);
      assert.deepEqual([stats?.videoCodec, stats?.audioCodec], codecs);
    });
  }
}

for (const scheme of ["light", "dark"] as const) {
  test(`HEVC, for which this browser has no decoder: the watch page says so, and what helps (${scheme})`, {
    skip,
  }, async (t) => {
    const server = await startServer(t);
    await publish(t, server, "hevc");
    const page = await openPage(t, browser, "about:blank");
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: scheme === "light" ? 1280 : 390, height: 800 });
    await page.goto(`${server.http}/live/cam`);
    const { words } = await seen(page, ({ state }) => state === "Not supported" || state === "Live", "the page knows");
    if (words === "") return t.diagnostic("this Chromium decodes HEVC");
    assert.match(
      words,
      /cannot play this stream's picture, which is HEVC \(H\.265\)\. Safari plays it, and so do Chrome and Edge where/,
    );
    const folder = process.env.SLUICE_SCREENSHOTS;
    if (folder) await page.screenshot({ path: `${folder}/hevc-${scheme}.png` });
    const text = page.locator("#sentence");
    const [inner, outer] = [await text.boundingBox(), await page.locator("sluice-player").boundingBox()];
    assert.ok(inner && outer && inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height, "it fits");
    await page.getByRole("button", { name: "Listen to the sound" }).click();
    await seen(page, ({ state, currentTime }) => state === "Live" && currentTime > 1, "the sound plays");
  });
}
