import assert from "node:assert/strict";
import test, { after, before, type TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { picture, sound } from "./clips.ts";
import { type Playing, servePlayers } from "./foreign-players.ts";
import { ffmpeg, until } from "./peers.ts";
import { type RealServer, startServer } from "./server.ts";
import { openBrowser, noBrowser as skip } from "./watch-page.ts";

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

/** Seconds that players have to play without a stall; a minute for those who have it. */
const seconds = Number(process.env.SLUICE_E2E_PLAY_SECONDS ?? 10);
const isMeasured = process.env.SLUICE_E2E_PLAY_SECONDS !== undefined;
const long = 3_600;

/** Shaka gives up when a hint was wrong, which it may be, so it plays HLS without low latency. */
const players = [
  { player: "hls.js", suffix: "m3u8" },
  { player: "dash.js", suffix: "mpd" },
  { player: "shaka", suffix: "m3u8?ll=0" },
  { player: "shaka", suffix: "mpd" },
] as const;

/** An encoder that goes on until it is killed. */
function publish(t: TestContext, server: RealServer, size: string) {
  const encoder = "-c:v libx264 -preset ultrafast -tune zerolatency -g 50 -pix_fmt yuv420p -c:a aac -ac 2 -f flv";
  const publisher = ffmpeg(`-re ${picture(size, 25, long)} -re ${sound(long)} ${encoder} ${server.rtmp}/live/cam`);
  const stop = async () => {
    publisher.child.kill("SIGKILL");
    await publisher.done;
  };
  t.after(stop);
  return stop;
}

const look = (page: Page) => page.evaluate(() => (globalThis as unknown as { look(): Playing }).look());

/** Waits until a player has played for a while from a moment on. */
async function goesOn(page: Page, name: string, from: Playing, forSeconds: number, width?: number): Promise<Playing> {
  let now = from;
  await until(
    async () => {
      now = await look(page);
      const isWide = width === undefined || now.width === width;
      return now.fatal.length > 0 || (now.time > from.time + forSeconds && now.frames > from.frames + 25 && isWide);
    },
    `${name} goes on`,
    20_000 + forSeconds * 1_000,
  ).catch((error: Error) => assert.fail(`${error.message}: ${JSON.stringify({ from, now })}`));
  assert.deepEqual(now.fatal, [], name);
  return now;
}

const nothing: Playing = { time: 0, frames: 0, dropped: 0, width: 0, latency: 0, stalls: 0, errors: [], fatal: [] };
/** hls.js and dash.js have to go on by themselves, always. Shaka has stopped now and then, and then has to play again when its page is loaded anew: a known problem, which is no problem of a run. */
const mayStop = new Set(["shaka"]);

/** As `goesOn`; whoever may stop is loaded anew once where playing is not measured. */
async function goesOnOrAnew(t: TestContext, ...[page, name, from, forSeconds, width]: Parameters<typeof goesOn>) {
  try {
    return await goesOn(page, name, from, forSeconds, width);
  } catch (error) {
    if (isMeasured || !mayStop.has(name.split(" ")[0] ?? "")) throw error;
    t.diagnostic(`stopped, and is loaded anew: ${error instanceof Error ? error.message : error}`);
    await page.reload();
    return await goesOn(page, `${name}, loaded anew,`, nothing, forSeconds, width);
  }
}

test("players that are not ours play without a stall, through a publisher's restart and a change of size", {
  skip,
  timeout: (seconds + 200) * 1_000,
}, async (t) => {
  const server = await startServer(t);
  const site = await servePlayers(t);
  const stop = publish(t, server, "320x180");
  await until(async () => (await fetch(`${server.http}/live/cam.m3u8`)).status === 200, "the stream is there");
  const pages = await Promise.all(
    players.map(async ({ player, suffix }) => {
      const page = await browser.newPage();
      t.after(() => page.close());
      await page.goto(`${site}/?player=${player}&url=${encodeURIComponent(`${server.http}/live/cam.${suffix}`)}`);
      return { page, name: `${player} (${suffix})` };
    }),
  );
  const onAll = (what: (page: Page, name: string, index: number) => Promise<Playing>) =>
    Promise.all(pages.map(({ page, name }, index) => what(page, name, index)));
  const begun = await onAll((page, name) => goesOnOrAnew(t, page, name, nothing, 0.5));
  const settled = await onAll((page, name, index) => goesOnOrAnew(t, page, name, begun[index] ?? nothing, 3));
  const steady = await onAll((page, name, index) => goesOnOrAnew(t, page, name, settled[index] ?? nothing, seconds));
  for (const [index, { name }] of pages.entries()) {
    const [was, is] = [settled[index] ?? nothing, steady[index] ?? nothing];
    t.diagnostic(`${name}: ${is.latency.toFixed(2)} s behind, ${is.frames} frames, ${is.dropped} dropped`);
    if (!isMeasured) continue; // on a machine that is busy otherwise a player may stall, and go on
    assert.equal(is.stalls, was.stalls, `${name} stalled: ${is.errors}`);
    assert.deepEqual(is.errors, was.errors, name);
    const played = is.time - was.time;
    assert.ok(is.frames - was.frames > played * 25 * 0.8, `${name}: ${is.frames - was.frames} frames in ${played} s`);
  }

  await stop();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const stopAgain = publish(t, server, "320x180");
  const back = await onAll((page, name, index) =>
    goesOnOrAnew(t, page, `${name} after a restart`, steady[index] ?? nothing, 6),
  );
  await stopAgain();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  publish(t, server, "640x360");
  t.diagnostic("all went on after the restart");
  await onAll((page, name, index) =>
    goesOnOrAnew(t, page, `${name} after a change of size`, back[index] ?? nothing, 6, 640),
  );
});
