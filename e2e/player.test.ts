import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { until } from "./peers.ts";
import { bundle, playerSite, seenPlayer } from "./player-page.ts";
import { startServer } from "./server.ts";
import { openBrowser, openPage, publish, seen, noBrowser as skip } from "./watch-page.ts";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

test("the element is small; each engine is a file of its own", { skip }, () => {
  const size = (name: string) => {
    const file = readdirSync(bundle).find((each) => each.startsWith(`${name}-`)) ?? "";
    return gzipSync(readFileSync(join(bundle, file))).length;
  };
  const element = ["sluice-player", "codec-name", "format"].reduce((sum, name) => sum + size(name), 0);
  assert.ok(element < 40_000, `${element} bytes`);
  for (const engine of ["flv", "hls", "dash", "native"]) assert.ok(size(engine) > 0, engine);
});

const recordings = [
  { file: "hls/index.m3u8", protocol: "HLS" },
  { file: "dash/index.mpd", protocol: "DASH" },
] as const;

for (const { file, protocol } of recordings) {
  test(`a recording over ${protocol}: plays, is sought by keys and bar, and comes in the quality that is chosen`, {
    skip,
  }, async (t) => {
    const site = await playerSite(t);
    const page = await openPage(t, browser, `${site}?src=/${file}&autoplay=&controls=&hotkeys=`);
    const start = await seenPlayer(page, ({ frames, currentTime }) => frames > 25 && currentTime > 1, "it plays");
    assert.equal(start.state, "playing");
    assert.equal(start.protocol, protocol);
    assert.deepEqual(
      start.qualities.map(({ label }) => label),
      ["180p", "90p"],
    );
    await page.keyboard.press("ArrowRight");
    const later = await seenPlayer(
      page,
      ({ currentTime }) => currentTime > start.currentTime + 9,
      "it is 10 s further",
    );
    await page.keyboard.press("ArrowLeft");
    await seenPlayer(page, ({ currentTime }) => currentTime < later.currentTime - 5, "it is 10 s back");
    const bar = page.getByRole("slider", { name: "Position" });
    await until(
      async () => /^0:\d\d \/ 0:30$/.test((await bar.getAttribute("aria-valuetext")) ?? ""),
      "the bar says where",
    );
    for (const [label, height] of [
      ["90p", 90],
      ["180p", 180],
    ] as const) {
      await page.getByLabel("Quality").selectOption({ label });
      await seenPlayer(page, (now) => now.height === height, `the picture is ${height} lines high`);
    }
    await page.getByLabel("Quality").selectOption({ label: "Auto" });
    assert.equal((await seenPlayer(page, ({ quality }) => quality === "auto", "the player chooses")).state, "playing");
  });
}

test("a recording that is over says so, and plays again when it is asked to", { skip }, async (t) => {
  const site = await playerSite(t);
  const page = await openPage(t, browser, `${site}?src=/hls/index.m3u8&autoplay=&controls=`);
  await seenPlayer(page, ({ frames, currentTime }) => frames > 10 && currentTime > 1, "it plays");
  const bar = page.getByRole("slider", { name: "Position" });
  await bar.focus();
  for (let presses = 0; presses < 3; presses++) await bar.press("ArrowRight");
  await seenPlayer(page, ({ state }) => state === "ended", "it is over");
  await page.getByRole("button", { name: "Play again" }).click();
  await seenPlayer(page, ({ state, currentTime }) => state === "playing" && currentTime < 15, "it plays again");
});

for (const [way, protocol] of [
  ["ll-hls", /^LL-HLS$/],
  ["hls", /^HLS$/],
  ["dash", /DASH$/],
] as const) {
  test(`a live stream over ${way}: in the browser's own time, and on`, { skip }, async (t) => {
    const server = await startServer(t);
    await publish(t, server, "live/cam", "small");
    const page = await openPage(t, browser, `${server.http}/live/cam?over=${way}`);
    const start = await seenPlayer(page, ({ frames }) => frames > 25, "25 frames are shown");
    const later = await seenPlayer(page, ({ frames }) => frames > start.frames + 25, "25 more are shown");
    assert.equal(later.state, "live");
    assert.match(later.protocol ?? "", protocol);
    assert.ok(later.currentTime > start.currentTime);
  });
}

test("when FLV does not get through, the next way plays, and the page is told", { skip }, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "small");
  const page = await openPage(t, browser, "about:blank");
  await page.addInitScript(() => {
    const told: unknown[] = [];
    Object.assign(globalThis, { told });
    for (const name of ["sluice-error", "sluice-protocol"])
      document.addEventListener(name, (event) => told.push((event as CustomEvent).detail));
  });
  await page.route("**/*.flv", (route) => (route.request().method() === "GET" ? route.abort() : route.continue()));
  await page.goto(`${server.http}/live/cam?over=flv,ll-hls`);
  await seenPlayer(page, ({ frames, state }) => frames > 10 && state === "live", "it plays");
  const told = await page.evaluate(
    () => (globalThis as unknown as { told: { code?: string; way?: string; protocol?: string }[] }).told,
  );
  assert.deepEqual(
    told.map(({ code, way, protocol }) => protocol ?? `${code} ${way}`),
    ["way-failed flv", "LL-HLS"],
  );
});

test("whoever may not watch is told so, and can try again", { skip }, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "small");
  const page = await openPage(t, browser, "about:blank");
  await page.route("**/live/cam.flv*", (route) => route.fulfill({ status: 403, json: { code: "access/denied" } }));
  await page.goto(`${server.http}/live/cam?token=old&lang=de`);
  await page.getByText("Du darfst diesen Stream nicht ansehen.").first().waitFor();
  await page.unroute("**/live/cam.flv*");
  await page.getByRole("button", { name: "Noch einmal versuchen" }).click();
  await seenPlayer(page, ({ state }) => state === "live", "it plays");
});

test("a browser that allows no sound yet plays in silence, and a tap brings the sound", { skip }, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "small");
  const page = await openPage(t, browser, "about:blank");
  await page.addInitScript(() => {
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
      return this.muted || navigator.userActivation.hasBeenActive
        ? play.call(this)
        : Promise.reject(new DOMException("not yet", "NotAllowedError"));
    };
  });
  await page.goto(`${server.http}/live/cam`);
  await seenPlayer(page, ({ state, muted }) => state === "live" && muted, "it plays in silence");
  await page.getByRole("button", { name: "Tap for sound" }).click();
  await seenPlayer(page, ({ state, muted }) => state === "live" && !muted, "it has sound");
  assert.equal(await page.getByRole("button", { name: "Tap for sound" }).count(), 0);
});

test("keys: sound, volume, pause, the list of keys; and what a reader is told", { skip }, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "small");
  const page = await openPage(t, browser, `${server.http}/live/cam`);
  await seen(page, ({ state, frames }) => state === "Live" && frames.length > 5, "it plays");
  const video = page.locator("sluice-player video");
  await page.keyboard.press("ArrowDown");
  assert.equal(await video.evaluate(({ volume }: HTMLVideoElement) => Math.round(volume * 100)), 90);
  assert.equal(await page.locator("#announce").textContent(), "Volume 90 %");
  await page.keyboard.press("m");
  assert.equal(await video.evaluate(({ muted }: HTMLVideoElement) => muted), true);
  await page.keyboard.press("Shift+?");
  await page.getByRole("group", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("group", { name: "Keys" }).waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Pause" }).focus();
  await page.keyboard.press("Space");
  await seen(page, ({ state }) => state === "Paused", "the button is pressed once");
  assert.equal(await page.locator("#announce").textContent(), "Paused");
});

/** What axe finds that keeps people out. */
async function barriers(page: Page): Promise<string[]> {
  // The page's policy lets in no script of others, but the debugger's evaluation is none of the page's.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    type Found = {
      readonly violations: { readonly id: string; readonly impact: string; readonly nodes: { html: string }[] }[];
    };
    const { violations } = await (globalThis as unknown as { axe: { run(): Promise<Found> } }).axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join("; ")}`);
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing serious on the ${colorScheme} pages, and they fit a phone`, { skip }, async (t) => {
    const server = await startServer(t);
    await publish(t, server, "live/cam", "small");
    for (const path of ["/live/cam", "/embed/live/cam", "/live/nobody"]) {
      const page = await openPage(t, browser, "about:blank");
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 360, height: 640 });
      await page.goto(`${server.http}${path}`);
      const word = path === "/live/nobody" ? "Not live" : "Live";
      await until(async () => (await page.locator("#badge").textContent()) === word, `${path} says ${word}`);
      for (const summary of await page.locator("summary").all()) await summary.click();
      await page.getByRole("button", { name: "Details" }).click();
      assert.deepEqual(await barriers(page), [], path);
      assert.ok(
        await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        `${path} is not too wide`,
      );
      const small = await page.locator("sluice-player").evaluate(({ shadowRoot }) =>
        Array.from(shadowRoot?.querySelectorAll("button, select, input") ?? [], (control) =>
          control.getBoundingClientRect(),
        )
          .filter(({ width, height }) => width > 0 && (width < 44 || height < 44))
          .map(({ width, height }) => `${width} × ${height}`),
      );
      assert.deepEqual(small, [], `${path} has nothing too small to tap`);
    }
  });
}

test("a page of another site frames the player by the snippet of the watch page", { skip }, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "small");
  const watch = await openPage(t, browser, `${server.http}/live/cam?token=1`);
  await watch.getByText("Embed in your page").click();
  const snippet = (await watch.locator("#embed code").first().textContent()) ?? "";
  assert.ok(snippet.startsWith(`<iframe src="${server.http}/embed/live/cam?token=1"`), snippet);
  await watch.close();
  const policy = (await fetch(`${server.http}/embed/live/cam`)).headers.get("content-security-policy") ?? "";
  assert.match(policy, /script-src 'self';.*frame-ancestors \*$/);
  const page = await openPage(t, browser, await playerSite(t));
  await page.evaluate((html) => document.body.insertAdjacentHTML("beforeend", html), snippet);
  const frame = page.frameLocator("iframe");
  await seenPlayer(frame, ({ state, frames }) => state === "live" && frames > 10, "it plays in the frame");
});

test("the player's files: dated ones stay for good, others are asked for again, and every site may load them", {
  skip,
}, async (t) => {
  const server = await startServer(t);
  const html = await (await fetch(`${server.http}/live/cam`)).text();
  const dated = /\/assets\/player\/sluice-player-[\w-]{8}\.js/.exec(html)?.[0] ?? "";
  for (const [path, caching] of [
    [dated, "public, max-age=31536000, immutable"],
    ["/assets/player/sluice-player.js", "no-cache"],
  ] as const) {
    const { status, headers } = await fetch(server.http + path);
    assert.deepEqual(
      [status, headers.get("cache-control"), headers.get("access-control-allow-origin")],
      [200, caching, "*"],
      path,
    );
  }
  for (const path of ["/assets/player/package.json", "/assets/..%2fpackage.json", "/assets/player/flv-00000000.js"])
    assert.equal((await fetch(server.http + path)).status, 404, path);
});
