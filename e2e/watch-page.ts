import type { TestContext } from "node:test";
import { type Browser, chromium as driver, type Page } from "playwright-core";
import { clip } from "./clips.ts";
import { chromium, ffmpeg, missing, until } from "./peers.ts";
import { isLive, type RealServer } from "./server.ts";

/** Why tests with a browser are skipped: false when all is there. */
export const noBrowser = chromium ? missing("ffmpeg", "ffprobe") : "Chromium not installed";

const flags =
  "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run --autoplay-policy=no-user-gesture-required";

/** `inside` gives the path of a program that starts another one where it is to run. */
export function openBrowser(inside: (program: string) => string = (program) => program): Promise<Browser> {
  return driver.launch({ executablePath: inside(chromium ?? ""), args: flags.split(" "), timeout: 120_000 });
}

/** A frame that the browser put on the screen: when, in milliseconds since the navigation, its place in the stream in seconds, and which one it was. */
type Shown = { readonly at: number; readonly mediaTime: number; readonly presented: number };

/** What a viewer has before them, and what the browser has shown so far. */
export type Seen = {
  readonly state: string;
  readonly words: string;
  readonly behind: number;
  readonly currentTime: number;
  readonly size: readonly number[];
  readonly frames: readonly Shown[];
};

/** What the browser complained of, for when a test fails. */
const consoles = new WeakMap<Page, string[]>();

/** A page of its own, closed when the test is over. What it throws fails the test. */
export async function openPage(t: TestContext, browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  const thrown: string[] = [];
  page.on("pageerror", ({ message }) => void thrown.push(message));
  const complaints: string[] = [];
  consoles.set(page, complaints);
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${message.text()} (${message.location().url})`);
  });
  t.after(async () => {
    await page.close();
    if (thrown.length > 0) throw new Error(`the page threw: ${thrown.join("; ")}`);
  });
  await page.addInitScript(recordFrames);
  await page.goto(url);
  return page;
}

/** Runs in the page. The player is there as soon as its element is defined, which is before it plays. */
function recordFrames(): void {
  const frames: Shown[] = [];
  Object.assign(globalThis, { shownFrames: frames });
  const watch = (video: HTMLVideoElement) => {
    const next = () =>
      video.requestVideoFrameCallback((_now, { mediaTime, presentedFrames }) => {
        frames.push({ at: performance.now(), mediaTime, presented: presentedFrames });
        next();
      });
    next();
  };
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) {
    const shadow = attach.call(this, init);
    queueMicrotask(() => shadow.querySelectorAll("video").forEach(watch));
    return shadow;
  };
}

export function look(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const shadow = document.querySelector("sluice-player")?.shadowRoot;
    const text = (id: string) => shadow?.getElementById(id)?.textContent ?? "";
    const video = shadow?.querySelector("video");
    return {
      state: text("badge"),
      words: text("status"),
      behind: Number.parseFloat(text("behind")),
      currentTime: video?.currentTime ?? 0,
      size: [video?.videoWidth ?? 0, video?.videoHeight ?? 0],
      frames: (globalThis as unknown as { shownFrames: Shown[] }).shownFrames,
    };
  });
}

/** Looks until what is seen is as it should be; what was seen last is part of the complaint when it never is. */
export async function seen(page: Page, condition: (seen: Seen) => boolean, expected: string): Promise<Seen> {
  let last: Seen | undefined;
  const check = async () => {
    last = await look(page);
    return condition(last);
  };
  await until(check, expected).catch((error: Error) => {
    const now = JSON.stringify({ ...last, frames: last?.frames.length });
    throw new Error(`${error.message}; seen: ${now}; console: ${consoles.get(page)?.join("; ")}`);
  });
  return last ?? look(page);
}

/** Publishes a clip over and over, until the test is over or the publisher is killed. */
export async function publish(
  t: TestContext,
  server: RealServer,
  stream: string,
  name: Parameters<typeof clip>[0],
  ...options: string[]
) {
  const input = `-re -stream_loop -1 -i ${await clip(name)} -c copy`;
  const publisher = ffmpeg(input, ...options, "-f", "flv", `${server.rtmp}/${stream}`);
  t.after(async () => {
    publisher.child.kill("SIGKILL");
    await publisher.done;
  });
  await until(() => isLive(server, stream), `${stream} is live`);
  return publisher;
}
