import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import type { Browser } from "playwright-core";
import { publishHevc } from "./enhanced-publisher.ts";
import { until } from "./peers.ts";
import { startServer } from "./server.ts";
import { look, openBrowser, openPage, publish, seen, noBrowser as skip } from "./watch-page.ts";

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

/** Seconds that the player may be behind: what it holds and the distance at which it jumps. */
const mostBehind = 4;

test("the first frame of a live stream is on the screen soon after the navigation", { skip }, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "full");
  const page = await openPage(t, browser, `${server.http}/live/cam`);
  const times: number[] = [];
  for (let visit = 0; visit < 4; visit++) {
    if (visit > 0) await page.reload();
    const { frames } = await seen(page, (now) => now.frames.length > 0, "a frame is shown");
    times.push(frames[0]?.at ?? Number.POSITIVE_INFINITY);
  }
  const [first, ...again] = times.map(Math.round);
  t.diagnostic(`first frame after ${first} ms on the first visit, then ${again.join(", ")} ms`);
  assert.ok(Math.min(...again) < 10_000, `${again.join(", ")} ms`);
});

const clips = [
  { name: "full", size: [1920, 1080], has: "1080p with B-frames and sound" },
  { name: "longGop", size: [320, 180], has: "one keyframe in ten seconds" },
  { name: "videoOnly", size: [320, 180], has: "no sound" },
] as const;

for (const { name, size, has } of clips) {
  for (const over of ["http", "websocket"] as const) {
    test(`${has}: the page plays it over ${over}, in order and near the live edge`, { skip }, async (t) => {
      const server = await startServer(t);
      await publish(t, server, "live/cam", name);
      const page = await openPage(t, browser, `${server.http}/live/cam?over=${over}`);
      await seen(page, ({ frames }) => frames.length >= 10, "10 frames are shown");
      const { currentTime } = await look(page);
      const now = await seen(
        page,
        (it) => it.frames.length >= 40 && it.currentTime > currentTime + 1 && it.behind < mostBehind,
        "40 frames are shown near the live edge",
      );
      assert.deepEqual(now.size, size);
      assert.equal(now.state, "Live");
      assert.equal(now.words, "");
      const mediaTimes = now.frames.map(({ mediaTime }) => mediaTime);
      assert.ok(neverFalls(mediaTimes), `media times never fall: ${mediaTimes.join(" ")}`);
      assert.ok(new Set(mediaTimes).size >= 35, "different frames");
      assert.ok(neverFalls(now.frames.map(({ presented }) => presented)), "the count of frames never falls");
      const protocols = server.log().flatMap(({ role, protocol }) => (role === "viewer" ? [protocol] : []));
      assert.deepEqual(protocols, [over === "http" ? "http-flv" : "ws-flv"]);
    });
  }
}

/** Not strictly: a browser may show its first frame once more when it starts to play. */
function neverFalls(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0));
}

for (const over of ["http", "websocket"] as const) {
  test(`only sound over ${over}: the page says so, plays it, and turns it on`, { skip }, async (t) => {
    const server = await startServer(t);
    await publish(t, server, "live/radio", "audioOnly");
    const page = await openPage(t, browser, `${server.http}/live/radio?over=${over}`);
    await seen(page, ({ state, currentTime }) => state === "Live" && currentTime > 1.5, "a second and a half is heard");
    assert.ok(await page.getByText("Sound only").isVisible());
    const sound = () =>
      page.locator("sluice-player video").evaluate((video: HTMLVideoElement) => [video.muted, video.paused]);
    assert.deepEqual(await sound(), [false, false]);
    assert.ok(await page.locator("#unmute").isHidden());
    await page.keyboard.press("m");
    assert.deepEqual(await sound(), [true, false]);
    await page.getByRole("button", { name: "Turn the sound on" }).click();
    assert.deepEqual(await sound(), [false, false]);
  });
}

test("a page that came too early waits, asks seldom, and starts when the publisher comes", { skip }, async (t) => {
  const server = await startServer(t);
  const asked: string[] = [];
  const page = await browser.newPage();
  t.after(() => page.close());
  page.on("request", (request) => {
    if (request.url().includes(".flv")) asked.push(request.method());
  });
  await page.goto(`${server.http}/live/cam`);
  await until(async () => (await page.locator("#badge").textContent()) === "Not live", "the page waits");
  assert.match((await page.locator("#status").textContent()) ?? "", /Nobody is live here yet/);
  await until(() => asked.length >= 5, "it has asked five times");
  // It tries, asks, asks for the reason, and then only whether it has come.
  assert.deepEqual(asked.slice(0, 5), ["GET", "HEAD", "GET", "HEAD", "HEAD"]);
  await publish(t, server, "live/cam", "small");
  const video = page.locator("sluice-player video");
  await until(() => video.evaluate(({ currentTime }: HTMLVideoElement) => currentTime > 0.5), "it plays");
  await until(async () => (await page.locator("#badge").textContent()) === "Live", "the page says so");
});

test("a publisher that is killed and returns: the page says so and goes on, on the same connection", {
  skip,
}, async (t) => {
  const server = await startServer(t, "auth: open\napps: { live: { hold: 60s } }\n");
  const first = await publish(t, server, "live/cam", "small");
  const page = await openPage(t, browser, `${server.http}/live/cam`);
  await seen(page, ({ frames }) => frames.length > 10, "it plays");
  await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
  first.child.kill("SIGKILL");
  const held = await seen(page, ({ state }) => state === "Interrupted", "the page says that the broadcaster was lost");
  assert.match(held.words, /goes on as soon as it is back/);
  await publish(t, server, "live/cam", "small");
  const back = await seen(
    page,
    ({ state, frames }) => state === "Live" && frames.length > held.frames.length + 20,
    "20 more frames are shown",
  );
  const mediaTimes = back.frames.map(({ mediaTime }) => mediaTime);
  assert.ok(neverFalls(mediaTimes), `media times never fall: ${mediaTimes.join(" ")}`);
  assert.equal(await page.evaluate(() => "sameDocument" in globalThis), true);
  assert.equal(server.log().filter(({ message, role }) => message === "viewer opened" && role === "viewer").length, 1);
});

test("a stream that ends: the page says so, and plays when it starts again", { skip }, async (t) => {
  const server = await startServer(t);
  const first = await publish(t, server, "live/cam", "small");
  const page = await openPage(t, browser, `${server.http}/live/cam`);
  await seen(page, ({ frames }) => frames.length > 5, "it plays");
  first.child.kill("SIGINT");
  const ended = await seen(page, ({ state }) => state === "Ended", "the page says that it has ended");
  assert.match(ended.words, /has ended/);
  await publish(t, server, "live/cam", "videoOnly");
  await seen(
    page,
    ({ state, frames }) => state === "Live" && frames.length > ended.frames.length + 10,
    "it plays anew",
  );
});

test("a server that is gone: the page says so, and finds it again", { skip }, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "small");
  const page = await openPage(t, browser, `${server.http}/live/cam`);
  await seen(page, ({ frames }) => frames.length > 5, "it plays");
  await server.stop("SIGKILL");
  const gone = await seen(page, ({ state }) => state === "No connection", "the page says that the server is gone");
  const again = await startServer(t, "auth: open\n", { SLUICE_HTTP_PORT: new URL(server.http).port });
  await publish(t, again, "live/cam", "small");
  await seen(page, ({ state, frames }) => state === "Live" && frames.length > gone.frames.length + 5, "it plays anew");
});

test("a picture that the browser cannot decode is named, and the sound can be had alone", { skip }, async (t) => {
  const server = await startServer(t);
  await publishHevc(t, Number(new URL(server.rtmp).port), "cam");
  const page = await openPage(t, browser, `${server.http}/live/cam`);
  const { words } = await seen(page, ({ state }) => state === "Not supported" || state === "Live", "the page knows");
  if (words === "") return t.diagnostic("this Chromium decodes HEVC");
  assert.match(words, /cannot play this stream's picture, which is HEVC/);
  await page.getByRole("button", { name: "Listen to the sound" }).click();
  await seen(page, ({ state, currentTime }) => state === "Live" && currentTime > 1, "the sound plays");
});

test("a browser that plays nothing unasked gets a button; the keyboard pauses and goes on live", {
  skip,
}, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "videoOnly");
  const page = await openPage(t, browser, "about:blank");
  await page.addInitScript(() => {
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
      return navigator.userActivation.isActive
        ? play.call(this)
        : Promise.reject(new DOMException("not yet", "NotAllowedError"));
    };
  });
  await page.goto(`${server.http}/live/cam`);
  await seen(page, ({ state }) => state === "Ready", "the page waits for a click");
  await page.locator("#status").getByRole("button", { name: "Play" }).click();
  await seen(page, ({ state, frames }) => state === "Live" && frames.length > 10, "it plays");
  await page.keyboard.press("k");
  const paused = await seen(page, ({ state }) => state === "Paused", "it is paused");
  assert.equal(await page.locator("#play").getAttribute("aria-label"), "Play");
  await page.keyboard.press("k");
  await seen(page, ({ state, frames }) => state === "Live" && frames.length > paused.frames.length + 5, "it goes on");
});
