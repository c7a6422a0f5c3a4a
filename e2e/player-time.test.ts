import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import test, { after, before } from "node:test";
import type { Browser } from "playwright-core";
import { captioned } from "./captioned.ts";
import { ffmpeg, until } from "./peers.ts";
import { seenPlayer } from "./player-page.ts";
import { isLive, startServer } from "./server.ts";
import { openBrowser, openPage, publish, noBrowser as skip } from "./watch-page.ts";

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

for (const way of ["ll-hls", "dash"] as const) {
  test(`a live stream over ${way} is rewound, plays there, and goes back to live`, { skip }, async (t) => {
    const server = await startServer(t);
    await publish(t, server, "live/cam", "small");
    const page = await openPage(t, browser, `${server.http}/live/cam?over=${way}`);
    const bar = page.getByRole("slider", { name: "Position" });
    const toLive = page.getByRole("button", { name: "Go to live" });
    const past = () => bar.evaluate((input: HTMLInputElement) => Number(input.max) - Number(input.min));
    await until(async () => (await bar.isVisible()) && (await past()) > 14, "there is a past of 14 s", 60_000);
    const start = await seenPlayer(page, ({ state }) => state === "live", "it plays live");
    assert.equal(await toLive.isVisible(), false, "who is live has nowhere to go");
    await page.keyboard.press("ArrowLeft");
    const back = await seenPlayer(page, ({ currentTime }) => currentTime < start.currentTime - 3, "it is in the past");
    await toLive.waitFor();
    const on = await seenPlayer(
      page,
      ({ currentTime, frames }) => currentTime > back.currentTime + 1 && frames > back.frames + 10,
      "it plays in the past",
    );
    await until(async () => /^−\d:\d\d$/.test((await bar.getAttribute("aria-valuetext")) ?? ""), "the bar says where");
    await toLive.click();
    const live = await seenPlayer(page, ({ currentTime }) => currentTime > on.currentTime + 4, "it is live again");
    await toLive.waitFor({ state: "hidden" });
    await seenPlayer(page, ({ frames }) => frames > live.frames + 25, "it plays live again");
  });
}

test("captions in the picture are announced, and the viewer shows them and hides them", { skip }, async (t) => {
  const server = await startServer(t);
  const file = await captioned("SLUICE CAPTION", 300);
  t.after(() => rmSync(file, { force: true }));
  const publisher = ffmpeg(`-re -framerate 25 -f h264 -i ${file} -c copy -f flv ${server.rtmp}/live/cam`);
  t.after(async () => {
    publisher.child.kill("SIGKILL");
    await publisher.done;
  });
  await until(() => isLive(server, "live/cam"), "the stream is live");
  const master = await (await fetch(`${server.http}/live/cam.m3u8`)).text();
  assert.match(master, /TYPE=CLOSED-CAPTIONS,.*INSTREAM-ID="CC1"/);
  assert.match(master, /CLOSED-CAPTIONS="cc"/);
  const page = await openPage(t, browser, `${server.http}/live/cam?over=ll-hls`);
  await seenPlayer(page, ({ frames, state }) => frames > 25 && state === "live", "it plays");
  const button = page.getByRole("button", { name: "Captions" });
  await button.waitFor();
  assert.equal(await button.getAttribute("aria-pressed"), "false");
  const shown = () =>
    page.locator("sluice-player video").evaluate((video: HTMLVideoElement) =>
      Array.from(video.textTracks)
        .filter(({ mode }) => mode === "showing")
        .flatMap(({ activeCues }) => Array.from(activeCues ?? [], (cue) => (cue as VTTCue).text)),
    );
  assert.deepEqual(await shown(), []);
  await button.click();
  await until(async () => (await shown()).some((text) => text.includes("SLUICE CAPTION")), "the caption is shown");
  await until(async () => (await button.getAttribute("aria-pressed")) === "true", "the button says so");
  await button.click();
  await until(async () => (await shown()).length === 0, "it is hidden");
});
