import assert from "node:assert/strict";
import test from "node:test";
import { httpFlv } from "../packages/server/src/protocols/http-flv/index.ts";
import { rtmp } from "../packages/server/src/protocols/rtmp/index.ts";
import { openTcp } from "../packages/server/src/tcp/tuning.ts";
import { testHost } from "../packages/server/testing/host.ts";
import { rtmpTestSettings } from "../packages/server/testing/settings.ts";
import { throttledProxy } from "../packages/server/testing/throttled-proxy.ts";
import { busyMachine } from "./busy-machine.ts";
import { type LightViewer, lightFlvViewer, lightRtmpViewer } from "./light-viewers.ts";
import { pacedLadder } from "./paced-ladder.ts";
import { until } from "./peers.ts";

const qualities = [
  { name: "720p", bitrate: 1_000_000 },
  { name: "480p", bitrate: 500_000 },
  { name: "360p", bitrate: 240_000 },
] as const;
/** Networks, and the place of the quality that each carries. */
const networks = [
  { bitrate: 2_500_000, quality: 0 },
  { bitrate: 750_000, quality: 1 },
  { bitrate: 380_000, quality: 2 },
  { bitrate: 120_000, quality: -1 },
] as const;
const viewersEach = 25;
/** Who cannot have all tries now and then whether the network carries more by now: so much of the time a network's viewers are where they belong. */
const settledShare = 0.65;
const lookMs = 500;
const looks = 30;

type Placed = { readonly viewer: LightViewer; readonly quality: number };

test("a hundred viewers on networks of four kinds come to the qualities that these carry, over RTMP and HTTP-FLV", async (t) => {
  const host = await testHost({
    paths: openTcp({ debug() {}, info() {}, warn() {}, error() {} }),
    limits: { connectionsPerAddress: 1_000, handshakesPerAddress: 1_000 },
  });
  t.after(() => host.close());
  await host.run((lent) => rtmp.start(lent, () => rtmpTestSettings));
  await host.run((lent) => httpFlv.start(lent, () => ({ enabled: true })));
  pacedLadder(t, host, qualities);
  const placed: Placed[] = [];
  for (const { bitrate, quality } of networks) {
    const [overRtmp, overHttp] = await Promise.all(
      ["rtmp.port", "http.port"].map((key) => throttledProxy(t, host.ports[key] ?? 0, { bitrate })),
    );
    for (let count = 0; count < viewersEach; count++) {
      const viewer =
        count % 2 === 0
          ? await lightRtmpViewer(t, overRtmp?.port ?? 0, "live/cam")
          : await lightFlvViewer(t, overHttp?.port ?? 0, "live/cam");
      placed.push({ viewer, quality });
    }
  }
  const isBusy = busyMachine();
  const failed = await until(settling(placed), "they have settled", 150_000).catch((error: Error) => error);
  const reason = failed && isBusy();
  if (reason !== undefined) return t.skip(reason);
  assert.ok(!failed, `${failed?.message}; ${table(placed)}`);
  for (const { viewer } of placed) {
    assert.equal(viewer.steps, 0, "no time goes back");
    assert.ok(!viewer.ended);
  }
});

/** Looks again and again; true once the viewers of each network have been where they belong for most of the last looks. */
function settling(placed: readonly Placed[]): () => boolean {
  const shares: (readonly number[])[] = [];
  let lookedAt = 0;
  return () => {
    if (performance.now() < lookedAt + lookMs) return false;
    lookedAt = performance.now();
    shares.push(networks.map(({ quality }) => shareIn(quality, placed)));
    if (shares.length > looks) shares.shift();
    return (
      shares.length === looks &&
      networks.every((_, index) => mean(shares.map((each) => each[index] ?? 0)) >= settledShare)
    );
  };
}

function shareIn(quality: number, placed: readonly Placed[]): number {
  const belong = placed.filter((each) => each.quality === quality);
  return belong.filter(({ viewer }) => viewer.quality === quality).length / belong.length;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

/** How many of each kind of network have which quality. */
function table(placed: readonly Placed[]): string {
  return networks
    .map(({ bitrate, quality }) => {
      const has = placed.filter((each) => each.quality === quality).map(({ viewer }) => viewer.quality);
      const counts = [0, 1, 2, -1].map((each) => `${each}: ${has.filter((one) => one === each).length}`);
      return `${bitrate} → ${counts.join(", ")}`;
    })
    .join("; ");
}
