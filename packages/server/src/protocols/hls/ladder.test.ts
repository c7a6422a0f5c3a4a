import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import { testHost, until } from "../../../testing/host.ts";
import { both, encoded, publishLive } from "../../../testing/live.ts";
import { rungPlan, transcoded } from "../../../testing/rungs.ts";
import type { Access } from "../../core/access.ts";
import { hls } from "./index.ts";

const source = { ...both, gopMs: 1000, frameBytes: 20_000 };
const between = (packets: readonly Packet[], fromMs: number, toMs: number) =>
  packets.filter(({ dtsUs }) => dtsUs >= fromMs * 1000 && dtsUs < toMs * 1000);

async function live(t: TestContext, access?: Access) {
  const host = await testHost(access ? { access } : {});
  t.after(() => host.close());
  await host.run((each) => hls.start(each, () => ({ enabled: true })));
  const published = publishLive(host);
  const { stream } = published;
  stream.ladder.plan([rungPlan]);
  const rung = stream.ladder.find(rungPlan.name);
  assert.ok(rung);
  const root = `http://127.0.0.1:${host.ports["http.port"]}/live/cam.m3u8`;
  return { ...published, host, rung, root };
}

type Line = { readonly uri: string; readonly inf: string };

async function master(root: string, query = ""): Promise<{ text: string; variants: Line[] }> {
  const text = await (await fetch(`${root}${query}`)).text();
  const lines = text.split("\n");
  const variants = lines.flatMap((inf, index) =>
    inf.startsWith("#EXT-X-STREAM-INF") ? [{ inf, uri: new URL(lines[index + 1] ?? "", root).href }] : [],
  );
  return { text, variants };
}

const nameIn = ({ uri }: Line) => /\/([^/]+)\.m3u8/.exec(uri)?.[1];
const uris = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const msnOf = (text: string) => Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);

test("the multivariant playlist has the source, its rungs and sound alone, as they were measured", async (t) => {
  const { root, append, stream, rung } = await live(t);
  const packets = encoded(9_000, source);
  append(packets);
  transcoded(stream, rung)(packets);
  const { text, variants } = await master(root);
  assert.deepEqual(variants.map(nameIn), ["v0", "v-240p", "a0"], text);
  assert.match(
    variants[1]?.inf ?? "",
    /CODECS="avc1\.42c00c,mp4a\.40\.2",RESOLUTION=64x64,FRAME-RATE=25\.000.*AUDIO="audio"/,
  );
  assert.match(variants[2]?.inf ?? "", /CODECS="mp4a\.40\.2",AUDIO="audio"$/);
  const bandwidths = variants.map(({ inf }) => Number(/BANDWIDTH=(\d+)/.exec(inf)?.[1]));
  assert.deepEqual(
    bandwidths,
    bandwidths.toSorted((a, b) => b - a),
  );
  assert.match(
    text,
    /#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=\d+,CODECS="avc1\.42c00c",RESOLUTION=64x64,URI="[^"]+\/i-v-240p\.m3u8"/,
  );
});

test("a rung that was not made yet is listed as it is planned, and made for who asks for it", async (t) => {
  const { root, append, stream, rung } = await live(t);
  const packets = encoded(20_000, source);
  append(between(packets, 0, 9_000));
  const { variants } = await master(root);
  const low = variants.find((each) => nameIn(each) === "v-240p");
  assert.ok(low);
  assert.match(low.inf, /CODECS="avc1\.64001e,mp4a\.40\.2",RESOLUTION=426x240,FRAME-RATE=25\.000/);
  assert.ok(Number(/AVERAGE-BANDWIDTH=(\d+)/.exec(low.inf)?.[1]) > rungPlan.bitrate);
  assert.equal(stream.ladder.wantedAt, Number.NEGATIVE_INFINITY, "a look at the list wants nothing yet");
  const waiting = fetch(low.uri);
  await until(() => stream.ladder.wantedAt > 0, "the rung is wanted");
  const feed = transcoded(stream, rung);
  append(between(packets, 9_000, 12_500));
  feed(between(packets, 8_000, 12_500));
  const text = await (await waiting).text();
  assert.ok(uris(text).length >= 1, text);
  const segment = new URL(uris(text)[0] ?? "", low.uri);
  assert.equal((await fetch(segment)).status, 200);
});

test("playlists of a rung and of the source tell of each other, with the same numbers", async (t) => {
  const { root, append, stream, rung } = await live(t);
  const packets = encoded(9_400, source);
  append(packets);
  transcoded(stream, rung)(between(packets, 0, 9_000));
  const { variants } = await master(root);
  const texts = await Promise.all(variants.map(async ({ uri }) => (await fetch(uri)).text()));
  assert.equal(new Set(texts.map(msnOf)).size, 1);
  for (const [index, own] of ["v0", "v-240p", "a0"].entries()) {
    for (const other of ["v0", "v-240p", "a0"].filter((each) => each !== own))
      assert.match(texts[index] ?? "", new RegExp(`RENDITION-REPORT:URI="${other}.m3u8",LAST-MSN=\\d+,LAST-PART=\\d+`));
  }
  const dates = (text: string) => text.match(/PROGRAM-DATE-TIME:\S+/g)?.slice(0, 4);
  assert.deepEqual(dates(texts[1] ?? ""), dates(texts[0] ?? ""));
});

test("a player that comes over from the source may wait for what only the source has yet", async (t) => {
  const { root, append, stream, rung } = await live(t);
  const packets = encoded(14_000, source);
  append(between(packets, 0, 8_000));
  const feed = transcoded(stream, rung);
  append(between(packets, 8_000, 10_500));
  feed(between(packets, 7_000, 8_900));
  const { variants } = await master(root);
  const [high, low] = variants;
  assert.ok(high && low);
  const text = await (await fetch(high.uri)).text();
  const newest = msnOf(text) + uris(text).length;
  const waiting = fetch(`${low.uri}?_HLS_msn=${newest}&_HLS_part=1`);
  append(between(packets, 10_500, 14_000));
  feed(between(packets, 8_900, 14_000));
  const answer = await waiting;
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), new RegExp(`${newest}\\.1\\.m4s`));
});

test("where a rung stops its viewers are told at once to take another; when it is back its playlist has a gap", async (t) => {
  const { root, append, stream, rung } = await live(t);
  const packets = encoded(20_000, source);
  append(between(packets, 0, 9_100));
  transcoded(stream, rung)(between(packets, 0, 9_100));
  const [high, low] = (await master(root)).variants;
  assert.ok(high && low);
  const before = await (await fetch(low.uri)).text();
  const hint = /PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/.exec(before)?.[1] ?? "";
  const hinted = fetch(new URL(hint, low.uri));
  const waiting = fetch(`${low.uri}?_HLS_msn=${msnOf(before) + uris(before).length}`);
  await until(() => stream.ladder.wantedAt > 0, "somebody watches");
  rung.stop();
  assert.equal((await hinted).status, 200, "what there was of it");
  assert.equal((await waiting).status, 404);
  assert.equal((await fetch(low.uri)).status, 404);
  assert.equal((await fetch(high.uri)).status, 200);
  append(between(packets, 9_100, 12_500));
  const again = transcoded(stream, rung);
  again(between(packets, 12_000, 12_500));
  append(between(packets, 12_500, 20_000));
  again(between(packets, 12_500, 20_000));
  const text = await (await fetch(`${low.uri}?ll=0`)).text();
  assert.match(text, /#EXT-X-GAP\n#EXTINF:2,\nv-240p\/\w+-\d+\.m4s/);
  assert.doesNotMatch(text, /DISCONTINUITY\n/);
  assert.doesNotMatch(await (await fetch(high.uri)).text(), /GAP/);
});

test("keyframes alone are a playlist of files with one picture each", async (t) => {
  const { root, append, stream, rung } = await live(t);
  const packets = encoded(9_000, source);
  append(packets);
  transcoded(stream, rung)(packets);
  const { text } = await master(root);
  const address = new URL(/I-FRAME-STREAM-INF.*URI="([^"]+)"/.exec(text)?.[1] ?? "", root);
  const list = await (await fetch(address)).text();
  assert.match(list, /#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI="v-240p\/\w+-i0\.mp4"/);
  assert.doesNotMatch(list, /PART|GAP/);
  const found = uris(list);
  assert.equal(found.length, 4);
  const file = await fetch(new URL(found[0] ?? "", address));
  assert.equal(file.status, 200);
  const bytes = Buffer.from(await file.arrayBuffer());
  const trun = bytes.indexOf("trun");
  assert.equal(bytes.readUInt32BE(trun + 8), 1, "one sample");
  assert.equal((await fetch(new URL(found[0]?.replace(/\d+\.k/, "1.k") ?? "", address))).status, 404);
});

const wishes = [
  { query: "?rendition=240p", listed: ["v-240p"] },
  { query: "?rendition=source", listed: ["v0"] },
  { query: "?rendition=audio", listed: ["a0"] },
  { query: "?rendition=4000p", listed: ["v0", "v-240p", "a0"] },
  { query: "?max=1500k", listed: ["v-240p", "a0"] },
  { query: "?max=1", listed: ["a0"] },
  { query: "?adaptive=0", listed: ["v0"] },
  { query: "?adaptive=0&max=1.5m", listed: ["v-240p"] },
];
for (const { query, listed } of wishes) {
  test(`${query} lists ${listed}`, async (t) => {
    const { root, append, stream, rung } = await live(t);
    const packets = encoded(9_000, source);
    append(packets);
    transcoded(stream, rung)(packets);
    const { text, variants } = await master(root, query);
    assert.deepEqual(variants.map(nameIn), listed, text);
  });
}

test("what a viewer's right allows is all that is listed; what cannot be understood is refused", async (t) => {
  const { root, append, stream, rung } = await live(t, { decide: () => ({ allowed: true, bitrate: 1_000_000 }) });
  const packets = encoded(9_000, source);
  append(packets);
  transcoded(stream, rung)(packets);
  assert.deepEqual((await master(root)).variants.map(nameIn), ["v-240p", "a0"]);
  assert.equal((await fetch(`${root}?max=many`)).status, 400);
});

test("which quality a viewer has is the one of its newest segment, and each other one is a move", async (t) => {
  const { host, root, append, stream, rung } = await live(t);
  const packets = encoded(9_000, source);
  append(packets);
  transcoded(stream, rung)(packets);
  const { variants } = await master(root);
  const load = async (name: string) => {
    const { uri = root } = variants.find((each) => nameIn(each) === name) ?? {};
    const text = await (await fetch(uri)).text();
    const first = new URL(uris(text).find((each) => each.endsWith(".m4s")) ?? "", uri);
    assert.equal((await fetch(first)).status, 200);
  };
  const seen: unknown[] = [];
  for (const name of ["v0", "a0", "v-240p", "v0"]) {
    await load(name);
    const [session] = host.sessions.list();
    const { rendition, moves } = session?.figures() ?? {};
    seen.push([rendition, moves]);
  }
  assert.deepEqual(seen, [
    ["source", 0],
    ["source", 0],
    ["240p", 1],
    ["source", 2],
  ]);
});
