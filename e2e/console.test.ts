import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { busyMachine } from "./busy-machine.ts";
import { barriers, firstStart, hostsAsked, limit, openConsole, publishTo, signIn } from "./console-page.ts";
import { until } from "./peers.ts";
import { openBrowser, openPage, noBrowser as skip } from "./watch-page.ts";

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

const places = [
  "live",
  "streams/live/test",
  "sessions",
  "relays",
  "apps",
  "keys",
  "webhooks",
  "accounts",
  "audit",
  "server",
  "configuration",
  "me",
];
/** It may not be posted to, so that there is a dead letter at once. */
const deadHook = '[{ url: "http://127.0.0.1:9/" }]';
/** Each graph of a stream, and how its newest value reads. */
const graphs = [
  ["Bitrate in", /bit\/s$/],
  ["Bitrate out", /bit\/s$/],
  ["Frames per second", /^\d/],
  ["Frame age", /ms$|\ds$/],
  ["Viewers by protocol", /^1$/],
  ["Viewers by quality", /^1$/],
  ["Drops", /^0×$/],
] as const;

test("first run: sign in, make a key, publish with it, see it live and play, and send the publisher away", {
  skip,
}, async (t) => {
  const started = await firstStart(t);
  const page = await openPage(t, browser, "about:blank");
  const hosts = hostsAsked(page);
  await page.goto(started.server.http);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("the name or the password is wrong").waitFor(limit);
  await signIn(page, started.password);

  await page.getByText("Nothing is live yet").waitFor(limit);
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByRole("img", { name: "QR code for Larix Broadcaster" }).waitFor(limit);
  const url = await page.locator("code", { hasText: /^rtmp:.*key=/ }).textContent();
  const publisher = await publishTo(t, url ?? "");

  const card = page.getByRole("article").filter({ hasText: "live/test" });
  await card.getByText("Live", { exact: true }).waitFor(limit);
  await card.getByRole("link", { name: "live/test" }).click();
  await page.getByRole("heading", { name: "live/test" }).waitFor(limit);
  const video = page.locator("sluice-player video");
  await until(() => video.evaluate(({ currentTime }: HTMLVideoElement) => currentTime > 0.5), "the player plays");
  for (const [graph, value] of graphs) {
    const figure = page.locator("figure", { has: page.locator("figcaption", { hasText: graph }) });
    await figure.locator(".legend b", { hasText: value }).first().waitFor(limit);
    await figure.locator("canvas").waitFor(limit);
    const words = figure.locator(".legend .unseen", { hasText: /from .* to .* in the last/ });
    await words.first().waitFor({ ...limit, state: "attached" });
  }

  await page.getByRole("button", { name: /^Kick publisher/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Kick" }).click();
  await publisher.done;
  await page.getByText(/publisher .* has gone: ended by an operator/).waitFor(limit);
  assert.deepEqual([...hosts], [new URL(started.server.http).host]);
});

test("a key that is disabled sends away who publishes with it", { skip }, async (t) => {
  const started = await firstStart(t);
  const page = await openConsole(t, browser, started, "keys");
  await page.getByLabel("Stream, * for all").fill("cam");
  await page.getByRole("button", { name: "Make a key" }).click();
  const key = await page.locator(".secret code").textContent(limit);
  const publisher = await publishTo(t, `${started.server.rtmp}/live/cam?key=${key}`);
  await page.getByRole("link", { name: "Live" }).click();
  await page.getByRole("article").filter({ hasText: "live/cam" }).getByText("Live", { exact: true }).waitFor(limit);
  await page.getByRole("link", { name: "Keys" }).click();
  await page.getByRole("button", { name: "Disable the key for live/cam" }).click();
  await page.getByRole("cell", { name: "disabled" }).waitFor(limit);
  await publisher.done;
  assert.notEqual(publisher.child.exitCode, 0);
});

test("a ladder is changed where it is made: what is wrong is said at once, what differs before it is saved, and it can be taken back", {
  skip,
}, async (t) => {
  const started = await firstStart(t);
  const file = () => readFileSync(join(started.server.folder, "sluice.yaml"), "utf8");
  const page = await openConsole(t, browser, started, "apps");
  const save = page.getByRole("button", { name: "Save" });
  await page.getByLabel("hold").fill("20");
  await page.locator(".field", { hasText: "hold" }).getByText('"20" is not a duration').waitFor(limit);
  assert.equal(await save.isDisabled(), true);
  await page.getByLabel("hold").fill("15s");
  await page.getByLabel("Qualities").selectOption("own");
  await page.getByLabel("720p").uncheck();
  await page.getByLabel("ladderStart").selectOption("demand");
  await page.getByLabel("What would differ").getByText("apps.live.ladder", { exact: true }).waitFor(limit);
  await until(() => save.isEnabled(), "it can be saved");
  await save.click();
  await page.getByText("Saved.").waitFor(limit);
  assert.match(file(), /360p/);
  assert.match(file(), /ladderStart: demand/);
  assert.match(file(), /# who may publish/);

  await page.getByRole("link", { name: "Configuration" }).click();
  const text = page.getByLabel("Configuration, as YAML");
  await until(async () => /360p/.test(await text.inputValue()), "the text is there");
  const before = await text.inputValue();
  assert.ok(!before.includes(started.key));
  await text.fill(`${before}\nhttp: { port: many }\n`);
  await page.getByRole("button", { name: /^Line \d+/ }).click();
  await text.fill(before.replace("demand", "stream"));
  await page.getByLabel("What would differ").getByText("apps.live.ladderStart").waitFor(limit);
  await page.getByRole("button", { name: "Go back" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
  await until(() => !file().includes("360p"), "the file is as it was");
  assert.ok(file().includes(started.key), "with its secrets");
});

test("who is signed out comes back to the same place, and a look that was chosen stays", { skip }, async (t) => {
  const started = await firstStart(t);
  const page = await openConsole(t, browser, started, "server");
  await page.getByRole("heading", { name: "Server" }).waitFor(limit);
  await page.getByRole("button", { name: "Look: as the system" }).click();
  await page.context().clearCookies();
  await page.getByLabel("Password").waitFor(limit);
  assert.equal(new URL(page.url()).hash, "#/server");
  await signIn(page, started.password);
  await page.getByRole("heading", { name: "Server" }).waitFor(limit);
  await page.reload();
  await page.getByRole("button", { name: "Look: light" }).waitFor(limit);
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "light");
});

test("a stream is on the page within two seconds of its beginning", { skip }, async (t) => {
  const started = await firstStart(t);
  const page = await openConsole(t, browser, started);
  await page.getByText("Nothing is live yet").waitFor(limit);
  const isBusy = busyMachine();
  const shownAt = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = () => document.querySelector('[data-state="live"]') && resolve(Date.now());
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
      }),
  );
  await publishTo(t, `${started.server.rtmp}/live/test?key=${started.key}`);
  const lateMs = (await shownAt) - (await liveSince(page));
  const reason = lateMs > 2_000 ? isBusy() : undefined;
  if (reason !== undefined) return t.skip(reason);
  assert.ok(lateMs <= 2_000, `shown ${lateMs} ms after it began`);
});

/** When the server says that the first stream began. */
function liveSince(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const source = new EventSource("/api/v1/events?since=0");
        source.addEventListener("stream", ({ data }) => {
          const { state, at } = JSON.parse(data) as { state: string; at: number };
          if (state !== "live") return;
          source.close();
          resolve(at);
        });
      }),
  );
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing serious on the ${colorScheme} console, and it fits a phone`, { skip }, async (t) => {
    const started = await firstStart(t, { SLUICE_HOOKS: deadHook });
    await publishTo(t, `${started.server.rtmp}/live/test?key=${started.key}`);
    const page = await openConsole(t, browser, started);
    const hosts = hostsAsked(page);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole("article").getByText("Live", { exact: true }).waitFor(limit);
    for (const place of places) {
      await page.goto(`${started.server.http}/#/${place}`);
      await page.getByRole("heading", { level: 1 }).waitFor(limit);
      await page.locator("main .card").first().waitFor(limit);
      if (place === "webhooks") await page.locator(".letters li").first().waitFor(limit);
      await page.evaluate(() => {
        for (const each of document.querySelectorAll("details")) each.open = true;
      });
      assert.deepEqual(await barriers(page), [], place);
      const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok((wide ?? 0) <= (room ?? 0), `${place} is ${wide} wide`);
    }
    assert.deepEqual([...hosts], [new URL(started.server.http).host]);
  });
}
