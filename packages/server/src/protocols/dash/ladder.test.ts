import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import { testHost } from "../../../testing/host.ts";
import { both, encoded, publishLive } from "../../../testing/live.ts";
import { rungPlan, rungTrack, transcoded } from "../../../testing/rungs.ts";
import { videoTrack } from "../../../testing/synthetic.ts";
import { dash } from "./index.ts";

const source = { ...both, gopMs: 1000, frameBytes: 20_000 };
const between = (packets: readonly Packet[], fromMs: number, toMs: number) =>
  packets.filter(({ dtsUs }) => dtsUs >= fromMs * 1000 && dtsUs < toMs * 1000);

async function live(t: TestContext) {
  const host = await testHost();
  t.after(() => host.close());
  await host.run((each) => dash.start(each, () => ({ enabled: true })));
  const published = publishLive(host);
  const { stream } = published;
  stream.ladder.plan([rungPlan]);
  const rung = stream.ladder.find(rungPlan.name);
  const presentation = host.segments.presentations.find("live/cam");
  assert.ok(rung && presentation);
  const root = `http://127.0.0.1:${host.ports["http.port"]}/live/cam.mpd`;
  return { ...published, host, rung, root, presentation };
}

async function load(root: string, query = "") {
  const response = await fetch(`${root}${query}`);
  const text = await response.text();
  const ids = [...text.matchAll(/<Representation id="([^"]+)"/g)].map(([, id]) => id);
  const rung = /id="v-240p".*?initialization="([^"]+)" media="([^"]+)"/.exec(text);
  const start = Number(/startNumber="(\d+)"/.exec(text)?.[1]);
  const segment = (index: number) =>
    new URL((rung?.[2] ?? "").replace("$Number$", String(start + index)), response.url);
  return { text, ids, segment, init: new URL(rung?.[1] ?? "", response.url), url: response.url };
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
const boxes = (bytes: Buffer) => {
  const found: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += bytes.readUInt32BE(at))
    found.push(bytes.toString("latin1", at + 4, at + 8));
  return found;
};
/** The H.264 level in an init segment. */
const levelIn = (bytes: Buffer) => bytes[bytes.indexOf("avcC") + 7];
const [sourceLevel, rungLevel] = [videoTrack.config[3], rungTrack.config[3]];

test("rungs stand beside the source, with its timeline; each has segments and an init segment of its own", async (t) => {
  const { root, append, stream, rung } = await live(t);
  const packets = encoded(9_500, source);
  append(packets);
  transcoded(stream, rung)(packets);
  const { text, ids, segment, init } = await load(root);
  assert.deepEqual(ids, ["v0", "v-240p", "a0"]);
  assert.match(text, /id="v-240p" bandwidth="\d+" codecs="avc1.42c00c" width="64" height="64" frameRate="25"/);
  const initial = await fetch(init);
  assert.equal(levelIn(await bytesOf(initial)), rungLevel);
  const first = await fetch(segment(0));
  assert.match(first.headers.get("cache-control") ?? "", /immutable/);
  assert.deepEqual(
    boxes(await bytesOf(first)).filter((name) => name === "moov"),
    [],
  );
});

test("who is ahead of a rung waits for it, and gets a segment as it grows", async (t) => {
  const { root, append, stream, rung } = await live(t);
  const packets = encoded(12_000, source);
  append(between(packets, 0, 8_300));
  const feed = transcoded(stream, rung);
  feed(between(packets, 0, 7_900));
  append(between(packets, 8_300, 8_500));
  const { segment } = await load(root);
  const open = fetch(segment(4));
  await new Promise((resolve) => setTimeout(resolve, 50));
  feed(between(packets, 7_900, 8_300));
  const reader = (await open).body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  assert.ok(value && value.length > 100);
  append(between(packets, 8_500, 12_000));
  feed(between(packets, 8_300, 12_000));
  let bytes = value.length;
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) bytes += read.value.length;
  assert.equal(bytes, (await bytesOf(await fetch(segment(4)))).length);
});

test("where nobody makes a rung the source takes its place, init segment and all; the rung comes back the same way", async (t) => {
  const { root, append, stream, rung } = await live(t);
  const packets = encoded(20_000, source);
  append(between(packets, 0, 8_500));
  const { segment, init, ids } = await load(root);
  assert.deepEqual(ids, ["v0", "v-240p", "a0"]);
  assert.equal(stream.ladder.wantedAt, Number.NEGATIVE_INFINITY);
  const filled = await fetch(init);
  assert.equal(filled.headers.get("cache-control"), "no-store");
  assert.equal(levelIn(await bytesOf(filled)), sourceLevel);
  assert.ok(stream.ladder.wantedAt > 0, "somebody wants it");
  const place = await fetch(segment(3));
  assert.equal(place.headers.get("cache-control"), "no-store");
  const instead = await bytesOf(place);
  assert.deepEqual(boxes(instead).slice(0, 2), ["ftyp", "moov"]);
  assert.equal(levelIn(instead), sourceLevel);
  const feed = transcoded(stream, rung);
  append(between(packets, 8_500, 13_000));
  feed(between(packets, 8_000, 13_000));
  const own = await bytesOf(await fetch(segment(4)));
  assert.equal(levelIn(own), rungLevel, "the decoder that it needs is said again");
  assert.equal(levelIn(await bytesOf(await fetch(init))), rungLevel);
});

test("a rung that stops breaks off what grows, and the source goes on in its place", async (t) => {
  const { root, append, stream, rung } = await live(t);
  const packets = encoded(13_000, source);
  append(between(packets, 0, 8_500));
  const feed = transcoded(stream, rung);
  feed(between(packets, 8_000, 8_500));
  const { segment } = await load(root);
  const growing = await fetch(segment(4));
  rung.stop();
  await assert.rejects(bytesOf(growing));
  append(between(packets, 8_500, 13_000));
  assert.equal(levelIn(await bytesOf(await fetch(segment(4)))), sourceLevel);
  assert.equal(levelIn(await bytesOf(await fetch(segment(5)))), sourceLevel);
});

test("a period keeps what it has said of a rung that is not planned any more", async (t) => {
  const { root, append, stream } = await live(t);
  const packets = encoded(12_000, source);
  append(between(packets, 0, 8_500));
  const { ids } = await load(root);
  stream.ladder.plan([]);
  append(between(packets, 8_500, 12_000));
  const later = await load(root);
  assert.deepEqual(later.ids, ids);
  assert.equal((await fetch(later.segment(4))).status, 200);
});

test("rungs of another codec have a set of their own, and nothing that does not fit takes their place", async (t) => {
  const { root, append, stream, presentation } = await live(t);
  stream.ladder.plan([{ ...rungPlan, codec: "hevc" }]);
  append(encoded(8_500, source));
  const { text, ids, segment } = await load(root);
  assert.deepEqual(ids, ["v0", "v-240p", "a0"]);
  assert.match(text, /<AdaptationSet id="100" contentType="video".*?codecs="hvc1/s);
  assert.equal((await fetch(segment(0))).status, 404);
  assert.ok(presentation.renditions.size === 2);
});

for (const { query, listed } of [
  { query: "?rendition=240p", listed: ["v-240p", "a0"] },
  { query: "?rendition=audio", listed: ["a0"] },
  { query: "?max=1500k&ll=0", listed: ["v-240p", "a0"] },
  { query: "?adaptive=0", listed: ["v0", "a0"] },
]) {
  test(`${query} lists ${listed}`, async (t) => {
    const { root, append, stream, rung } = await live(t);
    const packets = encoded(9_000, source);
    append(packets);
    transcoded(stream, rung)(packets);
    const { ids, text } = await load(root, query);
    assert.deepEqual(ids, listed, text);
    const agent = { headers: { "user-agent": "Lavf/59" } };
    const direct = await (await fetch(`${root}${query}`, agent)).text();
    assert.equal(direct.split("<Representation ").length - 1, listed.length);
  });
}
