import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium, type Page } from "playwright-core";
import { startSluice } from "./servers.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const browserPath = "/usr/bin/chromium";
const encoder =
  "-v error -re -f lavfi -i testsrc2=s=640x360:r=25 -re -f lavfi -i sine=440:r=48000 -c:v libx264 -preset ultrafast -tune zerolatency -g 50 -pix_fmt yuv420p -c:a aac -f flv";

/** How soon the watch page shows a picture, and how far behind it plays, over each way; in a sentence. Needs ffmpeg and Chromium. */
export async function latency(seconds: number): Promise<string> {
  if (!existsSync(browserPath)) return "Latency: not measured, because Chromium is not installed (Debian: chromium)";
  const server = await startSluice();
  const publisher = spawn("ffmpeg", [...encoder.split(" "), `rtmp://127.0.0.1:${server.rtmpPort}/live/bench`], {
    stdio: "ignore",
  });
  const browser = await chromium.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
  });
  try {
    await pause(9_000);
    const page = await browser.newPage();
    const ways: string[] = [];
    for (const way of ["flv", "ll-hls", "dash", "hls"]) {
      const address = `http://127.0.0.1:${server.httpPort}/live/bench?over=${way}&muted=1`;
      await firstPicture(page, address); // the engine is in the browser's cache from then on
      const shown = await firstPicture(page, address);
      ways.push(`${way} first picture after ${shown} ms, ${(await medianBehind(page, seconds)).toFixed(2)} s behind`);
    }
    return `Watch page in Chromium, segments of 2 s, parts of 200 ms: ${ways.join("; ")}`;
  } finally {
    await browser.close();
    publisher.kill("SIGKILL");
    await server.stop();
  }
}

/** Milliseconds from the page's beginning to its first picture. */
async function firstPicture(page: Page, address: string): Promise<number> {
  await page.goto(address);
  const shown = await page.waitForFunction(
    () => {
      const video = document.querySelector("sluice-player")?.video;
      return video && video.getVideoPlaybackQuality().totalVideoFrames > 0 ? performance.now() : false;
    },
    undefined,
    { polling: 20 },
  );
  return Math.round(Number(await shown.jsonValue()));
}

/** How far behind the server's clock the player says that it plays: the median over so many seconds, once it has settled. */
async function medianBehind(page: Page, seconds: number): Promise<number> {
  await pause(5_000);
  const seen: number[] = [];
  for (let second = 0; second < seconds; second++) {
    await pause(1_000);
    seen.push((await page.evaluate(() => document.querySelector("sluice-player")?.stats?.latency)) ?? Number.NaN);
  }
  return seen.sort((a, b) => a - b)[seen.length >> 1] ?? Number.NaN;
}
