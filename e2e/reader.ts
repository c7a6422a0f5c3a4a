import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type PageConfiguration, pageConfiguration } from "./page-configuration.ts";
import { until } from "./peers.ts";
import type { RealServer } from "./server.ts";
import { type Going, openShell, type Shell } from "./shell.ts";

/** Where somebody sits who does what the pages say: a server that has started for the first time, and a shell in its folder. */
export type Desk = {
  readonly server: RealServer;
  readonly shell: Shell;
  readonly configuration: PageConfiguration;
  /** A page's words as they have to be here: with this server's ports, its key and its password. */
  here(text: string): string;
  /** What the API answers; undefined for what is not there. */
  ask(path: string, method?: "GET" | "DELETE"): Promise<unknown>;
  /** Publishes a stream with the first start's key, or as `commands` do. Whoever published it before has stopped. */
  publish(stream: string, commands?: string): Promise<void>;
  /** `live/test` has been there for a while, as for readers who come from the page before. */
  publishUsual(): Promise<void>;
  /** Keeps what goes on until the page is over. */
  keep(going: Going): void;
  /** Ends all that a page has left going, and puts the configuration back. */
  clear(): Promise<void>;
};

const main = fileURLToPath(new URL("../packages/server/bin/main.mjs", import.meta.url));

/** `port` is free, for the program that pages have listen on 3000. */
export async function sitDown(t: TestContext, server: RealServer, port: number): Promise<Desk> {
  const words = wordsHere(server, port);
  const here = (text: string) => words.reduce((all, [written, mine]) => all.replaceAll(written, mine), text);
  const shell = openShell(t, server.folder, {
    PATH: [programs(server.folder), dirname(process.execPath), process.env.PATH].join(delimiter),
    SLUICE_HTTP_PORT: new URL(server.http).port,
    SDL_VIDEODRIVER: "dummy",
    SDL_AUDIODRIVER: "dummy",
  });
  const configuration = pageConfiguration(server);
  const authorization = `Basic ${Buffer.from(here("admin:YOUR-PASSWORD")).toString("base64")}`;
  const ask = async (path: string, method: "GET" | "DELETE" = "GET") => {
    const answer = await fetch(`${server.http}/api/v1/${path}`, { method, headers: { authorization } });
    if (answer.status === 404) return;
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const publishers = publishersOf(ask, (commands) => shell.begin(here(commands)));
  const kept: Going[] = [];
  return {
    server,
    shell,
    configuration,
    here,
    ask,
    publish: publishers.publish,
    publishUsual: publishers.publishUsual,
    keep: (going) => void kept.push(going),
    clear: async () => {
      for (const going of kept.splice(0)) await going.interrupt();
      await publishers.clear();
      await configuration.restore();
      for (const file of readdirSync(server.folder)) if (isRecording(file)) rmSync(join(server.folder, file));
    },
  };
}

function isRecording(file: string): boolean {
  return /\.(?:flv|mkv|mp4|ts)$/.test(file) && file !== film;
}

type LiveStream = {
  readonly state: string;
  readonly health?: { readonly bitrate: number; readonly keyframeMs?: number };
};

function publishersOf(ask: Desk["ask"], begin: (commands: string) => Going) {
  const streams = new Map<string, Going>();
  let isUsual = false;
  const find = async (stream: string) => (await ask(`streams/${stream}`)) as LiveStream | undefined;
  const isLive = async (stream: string) => (await find(stream))?.state === "live";
  const stop = async (stream: string) => {
    await streams.get(stream)?.interrupt();
    streams.delete(stream);
    await ask(`streams/${stream}`, "DELETE"); // some are lost rather than finished, and held
    await until(async () => (await find(stream)) === undefined, `${stream} has ended`);
  };
  const publish = async (stream: string, commands = usual(stream)) => {
    await stop(stream);
    const going = begin(commands);
    streams.set(stream, going);
    await until(async () => going.isOver || (await isLive(stream)), `${stream} is live`);
    if (going.isOver) throw new Error(`it ended: ${JSON.stringify(going.result)}`);
    if (stream === usualStream) isUsual = commands === usual(usualStream);
  };
  const publishUsual = async () => {
    if (isUsual) return;
    await publish(usualStream);
    const isKnown = ({ health }: LiveStream) => (health?.bitrate ?? 0) > 0 && health?.keyframeMs !== undefined;
    await until(async () => isKnown((await find(usualStream)) ?? { state: "" }), "it is known how it does");
  };
  const clear = async () => {
    for (const stream of [...streams.keys()]) if (stream !== usualStream || !isUsual) await stop(stream);
  };
  return { publish, publishUsual, clear };
}

/** What there is to publish, as pages call it. */
export const film = "video.mp4";
const usualStream = "live/test";

function usual(stream: string): string {
  return `ffmpeg -loglevel error -re -stream_loop -1 -i ${film} -c copy -f flv "rtmp://127.0.0.1/${stream}?key=YOUR-KEY"`;
}

/** `sluice`, and an npx that finds it. */
function programs(folder: string): string {
  const path = join(folder, "programs");
  mkdirSync(path);
  const scripts = { sluice: `exec "${process.execPath}" "${main}" "$@"`, npx: 'exec "$@"' };
  for (const [name, line] of Object.entries(scripts)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

/** What pages write, and what it is here. */
function wordsHere(server: RealServer, port: number): readonly (readonly [string | RegExp, string])[] {
  const [, key = "", password = ""] = /\?key=(\S+)[\s\S]*? password (\S+)/.exec(server.output()) ?? [];
  const [rtmp, rtmps, http] = [server.rtmp, server.rtmps, server.http].map((each) => new URL(each).port);
  return [
    [/rtmp:\/\/((?:[\w-]+:[\w-]+@)?(?:127\.0\.0\.1|localhost))\//g, `rtmp://$1:${rtmp}/`],
    [/(127\.0\.0\.1|localhost):1936/g, `$1:${rtmps}`],
    [/(127\.0\.0\.1|localhost):8080/g, `$1:${http}`],
    [/(127\.0\.0\.1|localhost):3000/g, `$1:${port}`],
    [/\.listen\(3000\b/g, `.listen(${port}`],
    ["YOUR-KEY", key],
    ["YOUR-PASSWORD", password],
  ];
}
