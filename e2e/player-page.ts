import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, extname, join } from "node:path";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import { folder, picture, sound } from "./clips.ts";
import { ffmpeg, until } from "./peers.ts";

const require = createRequire(import.meta.url);

/** Where the player's files for pages are. */
export const bundle = join(dirname(require.resolve("@sluice/player/package.json")), "dist/bundle");

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".m3u8": "application/vnd.apple.mpegurl",
  ".mpd": "application/dash+xml",
};

const twoPictures =
  "-map 0:v -map 0:v -map 1:a -c:v libx264 -preset ultrafast -g 50 -sc_threshold 0 -pix_fmt yuv420p -s:v:0 320x180 -b:v:0 300k -s:v:1 160x90 -b:v:1 80k -c:a aac";

/** Half a minute in two qualities, as files that FFmpeg makes: HLS, and DASH. */
export async function recording(): Promise<string> {
  const made = `${folder}player`;
  if (existsSync(made)) return made;
  const fresh = `${made}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(`${fresh}/hls`, { recursive: true });
  mkdirSync(`${fresh}/dash`);
  const input = `${picture("320x180", 25, 30)} ${sound(30)} ${twoPictures}`;
  const hls = ffmpeg(
    `${input} -map 1:a -f hls -hls_time 2 -hls_playlist_type vod -hls_segment_type fmp4 -master_pl_name index.m3u8`,
    ...["-var_stream_map", "v:0,a:0 v:1,a:1", "-hls_segment_filename", `${fresh}/hls/%v-%d.m4s`],
    `${fresh}/hls/%v.m3u8`,
  );
  const dash = ffmpeg(
    `${input} -f dash -seg_duration 2 -adaptation_sets`,
    "id=0,streams=v id=1,streams=a",
    `${fresh}/dash/index.mpd`,
  );
  for (const { code, err } of [await hls.done, await dash.done])
    if (code !== 0) throw new Error(`the recording could not be made: ${err}`);
  renameSync(fresh, made);
  return made;
}

/** A page of somebody else's, with the player on it, and the recording beside it. Resolves to its address, without the query that becomes the player's attributes. */
export async function playerSite(t: TestContext): Promise<string> {
  const files = new Map<string, string>();
  const add = (path: string, from: string) => {
    for (const name of readdirSync(from)) files.set(`${path}/${name}`, join(from, name));
  };
  add("/player", bundle);
  const made = await recording();
  for (const name of ["hls", "dash"]) add(`/${name}`, join(made, name));
  const entry = readdirSync(bundle).find((name) => name.startsWith("sluice-player-"));
  const server: Server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://site");
    const file = files.get(pathname);
    if (file) {
      response.writeHead(200, { "content-type": types[extname(file)] ?? "video/mp4" });
      response.end(request.method === "HEAD" ? undefined : readFileSync(file));
    } else if (pathname === "/") {
      const attributes = Array.from(searchParams, ([name, value]) => `${name}="${value}"`).join(" ");
      response.writeHead(200, { "content-type": types[".html"] });
      response.end(
        `<!doctype html><html lang="en"><title>Somebody's page</title><script type="module" src="/player/${entry}"></script><main><sluice-player ${attributes}></sluice-player></main>`,
      );
    } else response.writeHead(404).end();
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** What a page's player says of itself. */
export type PlayerSeen = {
  readonly state: string;
  readonly protocol: string | undefined;
  readonly quality: string;
  readonly qualities: readonly { readonly id: string; readonly label: string }[];
  readonly currentTime: number;
  readonly height: number;
  readonly frames: number;
  readonly muted: boolean;
};

export function lookAtPlayer(page: Pick<Page, "locator">): Promise<PlayerSeen> {
  return page.locator("sluice-player").evaluate((element) => {
    type Player = HTMLElement & {
      readonly state: string;
      readonly stats: { readonly protocol: string } | undefined;
      readonly quality: string;
      readonly qualities: readonly { readonly id: string; readonly label: string }[];
      readonly video: HTMLVideoElement;
    };
    const { state, stats, quality, qualities, video } = element as Player;
    return {
      state,
      protocol: stats?.protocol,
      quality,
      qualities: [...qualities],
      currentTime: video.currentTime,
      height: video.videoHeight,
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
      muted: video.muted,
    };
  });
}

/** Looks until the player is as it should be; what was seen last is part of the complaint when it never is. */
export async function seenPlayer(
  page: Pick<Page, "locator">,
  condition: (seen: PlayerSeen) => boolean,
  expected: string,
): Promise<PlayerSeen> {
  let last: PlayerSeen | undefined;
  const check = async () => {
    last = await lookAtPlayer(page);
    return condition(last);
  };
  await until(check, expected).catch((error: Error) => {
    throw new Error(`${error.message}; seen: ${JSON.stringify(last)}`);
  });
  return last ?? lookAtPlayer(page);
}
