import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import type { Browser } from "playwright-core";
import { dash } from "../packages/server/src/protocols/dash/index.ts";
import { hls } from "../packages/server/src/protocols/hls/index.ts";
import { httpFlv } from "../packages/server/src/protocols/http-flv/index.ts";
import { testHost } from "../packages/server/testing/host.ts";
import { clipLadder, clipSizes } from "./clip-ladder.ts";
import { until } from "./peers.ts";
import { playerSite, seenPlayer } from "./player-page.ts";
import { openBrowser, openPage, noBrowser as skip } from "./watch-page.ts";

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

const labels = clipSizes.map(({ height }) => `${height}p`);

for (const way of ["flv", "ws-flv", "ll-hls", "hls", "dash"]) {
  test(`the player's menu has the qualities of a live stream over ${way}, and what is chosen is shown`, {
    skip,
    timeout: 240_000,
  }, async (t) => {
    const host = await testHost();
    t.after(() => host.close());
    for (const protocol of [hls, dash, httpFlv])
      await host.run((each) => protocol.start(each, () => ({ enabled: true })));
    const { rungs } = await clipLadder(t, host);
    await until(() => rungs.every(({ live }) => live), "the rungs are live");
    const stream = `http://127.0.0.1:${host.ports["http.port"]}/live/cam`;
    const site = await playerSite(t);
    const page = await openPage(t, browser, `${site}?src=${stream}&prefer=${way}&autoplay=&muted=&controls=`);
    const begun = await seenPlayer(
      page,
      ({ frames, qualities }) => frames > 25 && qualities.length === labels.length,
      "it plays, and has all qualities",
    );
    assert.deepEqual(
      begun.qualities.map(({ label }) => label),
      labels,
    );
    for (const { height } of [...clipSizes].reverse()) {
      await page.getByLabel("Quality").selectOption({ label: `${height}p` });
      const shown = await seenPlayer(page, (now) => now.height === height, `the picture is ${height} lines high`);
      await seenPlayer(page, ({ currentTime }) => currentTime !== shown.currentTime, "it goes on");
    }
    await page.getByLabel("Quality").selectOption({ label: "Auto" });
    const left = await seenPlayer(page, ({ quality }) => quality === "auto", "the player chooses");
    await seenPlayer(page, ({ currentTime }) => currentTime > left.currentTime + 1, "it goes on");
  });
}
