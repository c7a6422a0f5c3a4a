import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test, { after, before, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { hls } from "../packages/server/src/protocols/hls/index.ts";
import { httpFlv } from "../packages/server/src/protocols/http-flv/index.ts";
import { rtmp } from "../packages/server/src/protocols/rtmp/index.ts";
import { openTcp } from "../packages/server/src/tcp/tuning.ts";
import { testHost } from "../packages/server/testing/host.ts";
import { rtmpTestSettings } from "../packages/server/testing/settings.ts";
import { throttledProxy } from "../packages/server/testing/throttled-proxy.ts";
import { drive } from "./adaptive-drive.ts";
import { type AdaptivePlayer, ffmpegPlayer, ownPlayer, type Reach, sitePlayer } from "./adaptive-players.ts";
import { AdaptiveRecord, csv } from "./adaptive-record.ts";
import { busyMachine } from "./busy-machine.ts";
import { clipLadder } from "./clip-ladder.ts";
import { until } from "./peers.ts";
import { startServer } from "./server.ts";
import { noSlowNetwork, slowNetwork } from "./slow-network.ts";
import { noBrowser, openBrowser, publish } from "./watch-page.ts";

/** With it the real thing is measured, on a machine that has nothing else to do: `npm run bench -- --only adaptive-real`. */
const measuredPlayer = process.env.SLUICE_E2E_ADAPTIVE;
const isMeasured = measuredPlayer !== undefined;
const measured = fileURLToPath(new URL(`../.cache/adaptive-real-${measuredPlayer}.csv`, import.meta.url));

let browser: Browser;
before(async () => {
  if (!noBrowser) browser = await openBrowser();
});
after(() => browser?.close());

const fast = 4_000_000;
const top = 360;
const drops = [
  { bitrate: 800_000, seconds: 16, fits: 180 },
  { bitrate: 300_000, seconds: 16, fits: 90 },
];
const course = { fast, top, drops, graceSeconds: 2 };

/** A stream with pictures of three sizes that were made before, over the protocols that players adapt over; 900, 300 and 100 kbit/s, and the sound. */
async function live(t: TestContext) {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const host = await testHost({ paths: openTcp(log) });
  t.after(() => host.close());
  await host.run((lent) => rtmp.start(lent, () => rtmpTestSettings));
  await host.run((lent) => httpFlv.start(lent, () => ({ enabled: true })));
  await host.run((lent) => hls.start(lent, () => ({ enabled: true })));
  const { rungs } = await clipLadder(t, host);
  await until(() => rungs.every((rung) => rung.live), "the rungs are live");
  return (key: "rtmp.port" | "http.port") => host.ports[key] ?? assert.fail(`${key} is not there`);
}

function recording(t: TestContext, players: readonly AdaptivePlayer[]): AdaptiveRecord {
  const record = new AdaptiveRecord(players);
  t.after(() => record.stop());
  record.start();
  return record;
}

test("players on networks that become slow, slower and fast again go on playing, and have the best picture again", {
  skip: noBrowser || isMeasured,
  timeout: 400_000,
}, async (t) => {
  const port = await live(t);
  const link = (key: "rtmp.port" | "http.port") => throttledProxy(t, port(key), { bitrate: fast, shared: true });
  const links = [await link("rtmp.port"), await link("http.port"), await link("http.port")] as const;
  const [first, second, third] = links.map((each) => ({
    rtmp: `rtmp://127.0.0.1:${each.port}`,
    http: `http://127.0.0.1:${each.port}`,
  })) as [Reach, Reach, Reach];
  const players = [
    ffmpegPlayer(t, first),
    await sitePlayer(t, browser, second, "flv"),
    await sitePlayer(t, browser, third, "m3u8?ll=0"),
  ];
  const record = recording(t, players);
  const isBusy = busyMachine();
  const complaints = await drive(t, {
    ...course,
    record,
    players,
    stalledSeconds: 7,
    backSeconds: Number.POSITIVE_INFINITY,
    setRate: (bitrate) => {
      for (const each of links) each.setRate(bitrate);
    },
  });
  const reason = complaints.length > 0 ? isBusy() : undefined;
  if (reason !== undefined) return t.skip(reason);
  assert.deepEqual(complaints, []);
});

/** `ffmpeg`, or how our own player is to play: `flv`, `ll-hls`, `hls`. One at a time, so that they don't wait for one another's processor. */
async function measuredOne(t: TestContext, reach: Reach): Promise<AdaptivePlayer> {
  if (measuredPlayer === "ffmpeg") return ffmpegPlayer(t, reach);
  const inside = await openBrowser(reach.inside);
  t.after(() => inside.close());
  return ownPlayer(t, inside, `Chromium, ${measuredPlayer}`, `${reach.http}/live/cam?over=${measuredPlayer}`);
}

/** Parts of LL-HLS cost 90 kbit/s besides what is in them: the third leaves room for that. */
const ladder =
  "[{ name: mid, height: 180, bitrate: 500 }, { name: low, height: 90, bitrate: 150 }, { name: least, height: 72, bitrate: 64 }, audio]";

test("a player in a network of its own plays on without a stall, and has the best picture again within 20 s", {
  skip: isMeasured ? noBrowser || noSlowNetwork() : "measured with SLUICE_E2E_ADAPTIVE",
  timeout: 600_000,
}, async (t) => {
  const server = await startServer(
    t,
    `auth: open\ntranscoding: { preset: ultrafast, budget: 64 }\napps: { live: { ladder: ${ladder} } }\n`,
  );
  await publish(t, server, "live/cam", "rich");
  await until(
    () => server.log().some(({ message, state }) => message === "transcoder" && state === "running"),
    "rungs",
  );
  const network = slowNetwork(t, fast);
  const reach: Reach = {
    rtmp: `rtmp://${network.address}:${new URL(server.rtmp).port}`,
    http: `http://${network.address}:${new URL(server.http).port}`,
    inside: network.inside,
  };
  const players = [await measuredOne(t, reach)];
  const record = recording(t, players);
  const rates: { readonly at: number; readonly bitrate: number }[] = [];
  const complaints = await drive(t, {
    ...course,
    record,
    players,
    stalledSeconds: 0,
    backSeconds: 20,
    setRate: (bitrate) => {
      rates.push({ at: record.now, bitrate });
      network.setRate(bitrate);
    },
  });
  writeFileSync(
    measured,
    csv(record, players, (at) => rates.findLast((each) => each.at <= at)?.bitrate ?? fast),
  );
  assert.deepEqual(complaints, []);
});
