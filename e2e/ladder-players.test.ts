import assert from "node:assert/strict";
import test, { after, before, type TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { dash } from "../packages/server/src/protocols/dash/index.ts";
import { hls } from "../packages/server/src/protocols/hls/index.ts";
import { testHost } from "../packages/server/testing/host.ts";
import { clipLadder, clipSizes } from "./clip-ladder.ts";
import { type Playing, servePlayers } from "./foreign-players.ts";
import { until } from "./peers.ts";
import { openBrowser, noBrowser as skip } from "./watch-page.ts";

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

const isMeasured = process.env.SLUICE_E2E_PLAY_SECONDS !== undefined;
/** Each player in the way it is used most; all ways are played where playing is measured. */
const usual = [
  { player: "hls.js", suffix: "m3u8" },
  { player: "dash.js", suffix: "mpd" },
  { player: "shaka", suffix: "mpd" },
] as const;
const others = [
  { player: "hls.js", suffix: "m3u8?ll=0" },
  { player: "dash.js", suffix: "mpd?ll=0" },
  { player: "shaka", suffix: "m3u8?ll=0" },
] as const;
const players = isMeasured ? [...usual, ...others] : usual;
const [top, middle, bottom] = clipSizes;
/** These stop now and then where something is not as before, and then have to play again when their page is loaded anew: see players.test.ts. */
const mayStop = new Set(["dash.js", "shaka"]);

const look = (page: Page) => page.evaluate(() => (globalThis as unknown as { look(): Playing }).look());
const choose = (page: Page, height: number) =>
  page.evaluate((wanted) => (globalThis as unknown as { choose(height: number): void }).choose(wanted), height);

async function live(t: TestContext) {
  const host = await testHost();
  t.after(() => host.close());
  await host.run((each) => hls.start(each, () => ({ enabled: true })));
  await host.run((each) => dash.start(each, () => ({ enabled: true })));
  const ladder = await clipLadder(t, host);
  const root = `http://127.0.0.1:${host.ports["http.port"]}/live/cam`;
  await until(() => ladder.rungs.every(({ live }) => live), "the rungs are live");
  const site = await servePlayers(t);
  return {
    ...ladder,
    open: (player: string, suffix: string) =>
      opened(t, `${site}/?player=${player}&url=${encodeURIComponent(`${root}.${suffix}`)}`),
  };
}

async function opened(t: TestContext, address: string): Promise<Page> {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(address);
  return page;
}

/** Waits until a player has played a while from now on, in this width where one is given. */
async function plays(page: Page, what: string, width?: number, seconds = 2): Promise<Playing> {
  let first: Playing | undefined;
  let now: Playing | undefined;
  await until(async () => {
    now = await look(page);
    if (width === undefined || now.width === width) first ??= now;
    else first = undefined;
    return (
      now.fatal.length > 0 || (first !== undefined && now.time > first.time + seconds && now.frames > first.frames + 20)
    );
  }, what).catch((error: Error) => assert.fail(`${error.message}: ${JSON.stringify(now)}`));
  assert.ok(now);
  assert.deepEqual(now.fatal, [], what);
  return now;
}

for (const { player, suffix } of players) {
  test(`${player} (${suffix}) goes down and up the ladder, in exact sizes`, { skip, timeout: 200_000 }, async (t) => {
    const { open } = await live(t);
    const page = await open(player, suffix);
    const begun = await plays(page, "it begins");
    for (const { width, height } of [bottom, top, middle, top]) {
      await choose(page, height);
      const at = await plays(page, `it plays ${width} × ${height}`, width);
      t.diagnostic(`${width}: ${at.latency.toFixed(2)} s behind, ${at.stalls - begun.stalls} stalls ${at.errors}`);
      if (isMeasured) assert.equal(at.stalls, begun.stalls, `${width}: ${at.errors}`);
    }
  });

  test(`${player} (${suffix}) goes on when the encoder of its rung dies and when it comes back`, {
    skip,
    timeout: 200_000,
  }, async (t) => {
    const { open, encode } = await live(t);
    const page = await open(player, suffix);
    await plays(page, "it begins");
    await choose(page, bottom.height);
    const before = await plays(page, "it plays the rung", bottom.width);
    await page.evaluate(() => (globalThis as unknown as { release(): void }).release());
    encode(false);
    const meanwhile = await plays(page, "it plays the source meanwhile", top.width, 3).catch(async (error) => {
      if (isMeasured || !mayStop.has(player)) throw error;
      t.diagnostic(`stopped, and is loaded anew: ${error instanceof Error ? error.message : error}`);
      await page.reload();
      return await plays(page, "it plays the source, loaded anew", undefined, 3);
    });
    t.diagnostic(
      `without: ${meanwhile.latency.toFixed(2)} s behind, ${meanwhile.stalls - before.stalls} stalls ${meanwhile.errors}`,
    );
    encode(true);
    await plays(page, "it goes on", undefined, 6);
    await choose(page, bottom.height);
    const again = await plays(page, "it plays the rung again", bottom.width, 3);
    t.diagnostic(
      `again: ${again.latency.toFixed(2)} s behind, ${again.stalls - meanwhile.stalls} stalls ${again.errors}`,
    );
  });
}
