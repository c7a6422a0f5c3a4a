import type { TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { peer, words } from "./peers.ts";
import { lookAtPlayer, playerSite } from "./player-page.ts";

/** What somebody sees of a stream at a moment. */
export type Sight = {
  /** How far they have come, in seconds of the media; undefined before there is anything to see or hear. */
  readonly time: number | undefined;
  /** How high the picture is that was shown last. */
  readonly height: number;
};

/** Somebody who plays a stream over a network of their own. */
export type AdaptivePlayer = { readonly name: string; look(): Promise<Sight> };

/** Where a player finds the stream, and the program that starts others inside its network where it has one. */
export type Reach = { readonly rtmp: string; readonly http: string; inside?(program: string): string };

/** What FFmpeg's player has in hand before it begins. */
const ffmpegBufferSeconds = 1;

/** FFmpeg over RTMP: decodes, and says of every frame when it is to be seen. Its clock is reckoned as that of a player with a second in hand, which waits where it has nothing. */
export function ffmpegPlayer(t: TestContext, { rtmp, inside = (program) => program }: Reach): AdaptivePlayer {
  const line = `-hide_banner -nostdin -loglevel info -i ${rtmp}/live/cam -vf showinfo -af ashowinfo -f null -`;
  const { child, text, done } = peer(inside("ffmpeg"), words(line));
  t.after(async () => {
    child.kill("SIGKILL");
    await done;
  });
  let height = 0;
  let newest: number | undefined;
  const clock = new BufferedClock(ffmpegBufferSeconds);
  const take = () => {
    const end = text.err.lastIndexOf("\n") + 1;
    for (const [, time, size] of text.err.slice(0, end).matchAll(/ pts_time:([\d.]+)(?:.* s:\d+x(\d+))?/g)) {
      newest = Math.max(newest ?? 0, Number(time));
      if (size !== undefined) height = Number(size);
    }
    text.err = text.err.slice(end);
    return newest === undefined ? undefined : clock.advance(performance.now() / 1_000, newest);
  };
  // Read as it comes, not only when somebody looks.
  const timer = setInterval(take, 20);
  t.after(() => clearInterval(timer));
  return { name: "ffmpeg, RTMP", look: async () => ({ time: take(), height }) };
}

/** Goes on with the time, as far as there is something to play. */
class BufferedClock {
  readonly #bufferSeconds: number;
  #begun: number | undefined;
  #at = 0;
  #seconds: number | undefined;

  constructor(bufferSeconds: number) {
    this.#bufferSeconds = bufferSeconds;
  }

  advance(at: number, newest: number): number | undefined {
    this.#begun ??= newest;
    if (this.#seconds === undefined && newest - this.#begun < this.#bufferSeconds) return undefined;
    if (this.#seconds === undefined) this.#seconds = this.#begun;
    else this.#seconds = Math.min(newest, this.#seconds + at - this.#at);
    this.#at = at;
    return this.#seconds;
  }
}

/**
 * Our own player on somebody's page, with one of its engines: mpegts.js for `flv`, hls.js for `m3u8?ll=0`. (From parts of some kilobytes a page that gets the processor
 * late reckons that its network is slow.)
 */
export async function sitePlayer(
  t: TestContext,
  browser: Browser,
  { http }: Reach,
  suffix: "flv" | "m3u8?ll=0",
): Promise<AdaptivePlayer> {
  const site = await playerSite(t);
  const src = encodeURIComponent(`${http}/live/cam.${suffix}`);
  return ownPlayer(t, browser, `Chromium, ${suffix}`, `${site}?src=${src}&autoplay=&muted=`);
}

/** Our own player on a page. */
export async function ownPlayer(
  t: TestContext,
  browser: Browser,
  name: string,
  address: string,
): Promise<AdaptivePlayer> {
  const page = await opened(t, browser, address);
  return {
    name,
    look: async () => {
      const { currentTime, frames, height } = await lookAtPlayer(page);
      return { time: frames > 0 ? currentTime : undefined, height };
    },
  };
}

async function opened(t: TestContext, browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(address);
  return page;
}
