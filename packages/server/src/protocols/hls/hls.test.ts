import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { dataTrack, encodeData } from "@sluice/media";
import { type TestHostOptions, testHost, until } from "../../../testing/host.ts";
import { both, encoded, publishLive } from "../../../testing/live.ts";
import { dash } from "../dash/index.ts";
import { hls } from "./index.ts";

async function live(t: TestContext, options: TestHostOptions = {}) {
  const host = await testHost(options);
  t.after(() => host.close());
  await host.run((each) => hls.start(each, () => ({ enabled: true })));
  await host.run((each) => dash.start(each, () => ({ enabled: true })));
  const published = publishLive(host);
  const root = `http://127.0.0.1:${host.ports["http.port"]}`;
  return { ...published, host, root };
}

/** The address of a rendition's media playlist, as the multivariant playlist names it. */
async function playlistOf(root: string, key = "v0", query = ""): Promise<string> {
  const text = await (await fetch(`${root}/live/cam.m3u8${query}`)).text();
  const uri = text.split("\n").find((line) => line.includes(`/${key}.m3u8`));
  assert.ok(uri, text);
  const path = /URI="([^"]+)"/.exec(uri)?.[1] ?? uri;
  return new URL(path, `${root}/live/cam.m3u8`).href;
}

const msnOf = (text: string) => Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
const uris = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("the multivariant playlist says what there is, and is for one viewer", async (t) => {
  const { root, append } = await live(t);
  append(encoded(7_000, { ...both, frameBytes: 5_000 }));
  const response = await fetch(`${root}/live/cam.m3u8`);
  const text = await response.text();
  assert.equal(response.headers.get("content-type"), "application/vnd.apple.mpegurl");
  assert.equal(response.headers.get("cache-control"), "no-store");
  const [, bandwidth, average] = /BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+)/.exec(text) ?? [];
  assert.ok(Number(bandwidth) > 1_000_000 && Number(bandwidth) < 1_200_000, text);
  assert.ok(Number(average) <= Number(bandwidth));
  assert.match(text, /CODECS="avc1\.42c00a,mp4a\.40\.2",RESOLUTION=64x64,FRAME-RATE=25\.000/);
  assert.match(text, /TYPE=AUDIO,GROUP-ID="audio",.*CHANNELS="2",URI="cam\/-\/[^"]+\/a0\.m3u8"/);
  assert.notEqual(await (await fetch(`${root}/live/cam.m3u8`)).text(), text, "another viewer, another token");
});

test("what is not live, not allowed or switched off is refused in words", async (t) => {
  const access = {
    decide: () => ({ allowed: false, rule: "test", reason: "not for you" }) as const,
  };
  const { root, host } = await live(t, { access });
  const refused = await fetch(`${root}/live/cam.m3u8`);
  assert.equal(refused.status, 403);
  assert.equal(((await refused.json()) as { code: string }).code, "access/denied");
  assert.ok(host.lines.some(({ rule }) => rule === "test"));
  const open = await live(t);
  assert.equal((await fetch(`${open.root}/live/other.m3u8`)).status, 404);
  assert.equal((await fetch(`${open.root}/live/other.mpd`)).status, 404);
});

test("nothing of a stream can be had without a token that was given out for it", async (t) => {
  const { root, append, host } = await live(t);
  append(encoded(7_000, both));
  publishLive(host, "other").append(encoded(7_000, both));
  const address = await playlistOf(root);
  const segment = new URL(uris(await (await fetch(address)).text())[0] ?? "", address).href;
  assert.equal((await fetch(segment)).status, 200);
  for (const each of [address, segment]) {
    const token = /\/-\/([^/]+)\//.exec(each)?.[1] ?? "";
    const forged = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
    for (const wrong of [
      each.replace(token, forged),
      each.replace(token, "x"),
      each.replace("/live/cam/", "/live/other/"),
    ]) {
      const response = await fetch(wrong);
      assert.equal(response.status, 403, wrong);
      assert.equal(((await response.json()) as { code: string }).code, "access/session");
    }
  }
});

test("a viewer is a session while it fetches; who is sent away stays away", async (t) => {
  const { root, append, host } = await live(t);
  append(encoded(7_000, both));
  const address = await playlistOf(root);
  assert.equal([...host.sessions.list()].length, 0, "nothing is counted before the token is used");
  await (await fetch(address)).text();
  const [session] = [...host.sessions.list()];
  assert.equal(session?.protocol, "hls");
  assert.ok((session?.figures().bytes ?? 0) > 100);
  session?.close("sent away");
  assert.equal((await fetch(address)).status, 403);
  assert.equal([...host.sessions.list()].length, 0);
});

test("a player that names its playback is one viewer, however often it loads the stream", async (t) => {
  const { root, append, host } = await live(t);
  append(encoded(7_000, both));
  const cmcd = encodeURIComponent('bl=2100,sid="6e2fb550-c457-11e9-bb97-0800200c9a66"');
  for (let count = 0; count < 3; count++) await (await fetch(`${await playlistOf(root)}?CMCD=${cmcd}`)).text();
  const headers = { "cmcd-session": 'cid="x",sid="another"' };
  await (await fetch(await playlistOf(root), { headers })).text();
  const players = [...host.sessions.list()].map(({ player }) => player);
  assert.deepEqual(players, ["6e2fb550-c457-11e9-bb97-0800200c9a66", "another"]);
});

test("a reload that waits is answered when the part is there, the whole segment when it is whole", async (t) => {
  const { root, append } = await live(t);
  append(encoded(6_500, both));
  const address = await playlistOf(root);
  const text = await (await fetch(address)).text();
  const last = msnOf(text) + uris(text).length; // the open one
  const answers: string[] = [];
  const ask = async (query: string) => {
    const answer = await (await fetch(`${address}?${query}`)).text();
    answers.push(query);
    return answer;
  };
  const whole = ask(`_HLS_msn=${last}`);
  const part = ask(`_HLS_msn=${last}&_HLS_part=4`);
  append(encoded(600, { ...both, gopMs: 60_000, fromMs: 6_520 }).slice(2));
  assert.match(await part, new RegExp(`-${last}\\.4\\.m4s"`));
  assert.deepEqual(answers, [`_HLS_msn=${last}&_HLS_part=4`]);
  append(encoded(2_000, { ...both, gopMs: 1000, fromMs: 8_000 }).slice(2));
  assert.ok(uris(await whole).some((uri) => uri.endsWith(`-${last}.m4s`)));
});

const refused = [
  { query: "_HLS_part=1", why: "a part without a segment" },
  { query: "_HLS_msn=-1", why: "below zero" },
  { query: "_HLS_msn=1e3", why: "no whole number" },
  { query: "_HLS_msn=99999999999999999999", why: "a number that is too long" },
  { query: "_HLS_msn=FAR", why: "too far ahead" },
  { query: "_HLS_msn=LAST&_HLS_part=400", why: "a part that is too far ahead" },
];
test("directives that the specification forbids are answered with 400", async (t) => {
  const { root, append } = await live(t);
  append(encoded(6_500, both));
  const address = await playlistOf(root);
  const text = await (await fetch(address)).text();
  const last = msnOf(text) + uris(text).length;
  for (const { query, why } of refused) {
    const asked = query.replace("FAR", String(last + 5)).replace("LAST", String(last));
    assert.equal((await fetch(`${address}?${asked}`)).status, 400, why);
  }
});

test("a delta update and what the client has make the full playlist", async (t) => {
  const { root, append } = await live(t, { windowSeconds: 60 });
  append(encoded(60_000, both));
  const address = await playlistOf(root);
  const full = (await (await fetch(address)).text()).split("\n");
  const delta = await (await fetch(`${address}?_HLS_skip=YES`)).text();
  const skipped = Number(/SKIPPED-SEGMENTS=(\d+)/.exec(delta)?.[1]);
  assert.ok(skipped > 15, delta);
  const firstKept = delta.split("\n").find((line) => line.startsWith("#EXT-X-PROGRAM-DATE-TIME"));
  const tail = delta.slice(delta.indexOf(firstKept ?? "?"));
  const restored = full.slice(full.indexOf(firstKept ?? "?")).join("\n");
  assert.equal(tail, restored);
  assert.equal(uris(full.join("\n")).length - uris(delta).length, skipped);
});

test("the plain view lists whole segments only", async (t) => {
  const { root, append } = await live(t);
  append(encoded(9_000, both));
  const text = await (await fetch(await playlistOf(root, "v0", "?ll=0"))).text();
  assert.doesNotMatch(text, /PART|CAN-SKIP|RENDITION-REPORT/);
  assert.match(text, /\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=\d+\n/);
  assert.equal(uris(text).length, 4);
});

test("the plain view lists a segment of a few frames, left by a lost publisher, only with the next", async (t) => {
  const { root, host, append, source } = await live(t);
  append(encoded(4_040, both));
  source.release("lost");
  const back = publishLive(host);
  back.append(encoded(1_000, both));
  const [plain, parts] = await Promise.all([playlistOf(root, "v0", "?ll=0"), playlistOf(root)]);
  const [before, whole] = await Promise.all([plain, parts].map(async (url) => (await fetch(url)).text()));
  assert.doesNotMatch(before ?? "", /EXTINF:0\.04/);
  assert.match(whole ?? "", /EXTINF:0\.04/);
  back.append(encoded(3_000, { ...both, fromMs: 1_000 }));
  assert.match(await (await fetch(plain)).text(), /EXTINF:0\.04,\n\S+\n#EXT-X-DISCONTINUITY\n/);
});

test("segments are for caches: immutable, with ETag and ranges; playlists are short-lived and compressed", async (t) => {
  const { root, append } = await live(t);
  append(encoded(7_000, { ...both, frameBytes: 2_000 }));
  const address = await playlistOf(root);
  const playlist = await fetch(address, { headers: { "accept-encoding": "gzip" } });
  assert.equal(playlist.headers.get("content-encoding"), "gzip");
  const text = await playlist.text();
  const segment = new URL(uris(text)[0] ?? "", address).href;
  const response = await fetch(segment);
  const bytes = Buffer.from(await response.arrayBuffer());
  const etag = response.headers.get("etag") ?? "";
  assert.match(response.headers.get("cache-control") ?? "", /max-age=\d{4,}, immutable/);
  assert.equal(response.headers.get("content-type"), "video/mp4");
  assert.equal((await fetch(segment, { headers: { "if-none-match": etag } })).status, 304);
  const head = await fetch(segment, { method: "HEAD" });
  assert.equal(Number(head.headers.get("content-length")), bytes.length);
  const range = await fetch(segment, { headers: { range: "bytes=10-19" } });
  assert.equal(range.status, 206);
  assert.equal(range.headers.get("content-range"), `bytes 10-19/${bytes.length}`);
  assert.ok(bytes.subarray(10, 20).equals(Buffer.from(await range.arrayBuffer())));
  const end = await fetch(segment, { headers: { range: "bytes=-5" } });
  assert.ok(bytes.subarray(-5).equals(Buffer.from(await end.arrayBuffer())));
  const beyond = await fetch(segment, { headers: { range: `bytes=${bytes.length}-` } });
  assert.equal(beyond.status, 416);
  const parts = [...text.matchAll(/PART:DURATION=[\d.]+,URI="([^"]+)"/g)].map(([, uri = ""]) => uri);
  const first = parts.filter((uri) => uri.startsWith(uris(text)[0]?.replace(".m4s", ".") ?? "?"));
  const pieces = await Promise.all(
    first.map(async (uri) => Buffer.from(await (await fetch(new URL(uri, address))).arrayBuffer())),
  );
  assert.ok(Buffer.concat(pieces).equals(bytes), "a segment is its parts");
});

test("a viewer may have so many requests that wait, and who leaves waits no longer", async (t) => {
  const { root, append } = await live(t);
  append(encoded(6_500, both));
  const address = await playlistOf(root);
  const text = await (await fetch(address)).text();
  const later = `${address}?_HLS_msn=${msnOf(text) + uris(text).length + 1}`;
  const leaving = new AbortController();
  const waiting = Array.from({ length: 16 }, () => fetch(later, { signal: leaving.signal }).catch(() => undefined));
  const status = async () =>
    (await fetch(later, { signal: AbortSignal.timeout(300) }).catch(() => ({ status: 0 }))).status;
  while ((await status()) !== 429);
  leaving.abort();
  await Promise.all(waiting);
  while ((await status()) !== 0);
});

test("the part that is hinted at can be asked for before it is there", async (t) => {
  const { root, append } = await live(t);
  append(encoded(6_500, both));
  const address = await playlistOf(root);
  const text = await (await fetch(address)).text();
  const hint = /PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/.exec(text)?.[1] ?? "";
  const asked = fetch(new URL(hint, address));
  append(encoded(600, { ...both, gopMs: 60_000, fromMs: 6_520 }).slice(2));
  const response = await asked;
  assert.equal(response.status, 200);
  assert.ok((await response.arrayBuffer()).byteLength > 100);
  const next = hint.replace(/\.(\d+)\.m4s/, (_, part) => `.${Number(part) + 9}.m4s`);
  assert.equal((await fetch(new URL(next, address))).status, 404);
});

test("all who wait for a part get the same, and so do all who ask for it afterwards", async (t) => {
  const { root, append } = await live(t);
  append(encoded(6_500, { ...both, frameBytes: 8_000 }));
  const address = await playlistOf(root);
  const text = await (await fetch(address)).text();
  const hint = /PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/.exec(text)?.[1] ?? "";
  const ask = async () => {
    const response = await fetch(new URL(hint, address));
    return { head: response.headers.get("content-length"), bytes: Buffer.from(await response.arrayBuffer()) };
  };
  const waiting = Array.from({ length: 12 }, ask);
  append(encoded(600, { ...both, frameBytes: 8_000, gopMs: 60_000, fromMs: 6_520 }).slice(2));
  const [first, ...others] = await Promise.all(waiting);
  if (!first) throw new Error("nobody was answered");
  assert.ok(first.bytes.length > 20_000, `${first.bytes.length}`);
  // For longer than the second in which what many get is kept.
  for (const end = performance.now() + 1_500; performance.now() < end; ) others.push(await ask());
  for (const { head, bytes } of others) {
    assert.equal(head, `${first.bytes.length}`);
    assert.ok(bytes.equals(first.bytes), "the same part, with other bytes");
  }
});

test("when the stream ends, who waits is told, and the playlist is final", async (t) => {
  const { root, append, source, host } = await live(t);
  append(encoded(6_500, both));
  const address = await playlistOf(root);
  const text = await (await fetch(address)).text();
  const waiting = fetch(`${address}?_HLS_msn=${msnOf(text) + uris(text).length + 1}`);
  await until(() => host.lines.some(({ text: line }) => line === "viewer opened"), "the viewer is there");
  await new Promise((resolve) => setTimeout(resolve, 50));
  source.release("ended");
  assert.match(await (await waiting).text(), /#EXT-X-ENDLIST\n$/);
  assert.equal((await fetch(`${root}/live/cam.m3u8`)).status, 404);
});

test("a server that was started again knows its viewers, and its numbers go on upwards", async (t) => {
  const first = await live(t);
  first.append(encoded(9_000, both));
  const address = await playlistOf(first.root);
  const before = msnOf(await (await fetch(address)).text());
  await first.host.close();
  const second = await live(t);
  second.append(encoded(9_000, both));
  const again = await fetch(address.replace(first.root, second.root));
  assert.equal(again.status, 200);
  assert.ok(msnOf(await again.text()) >= before);
});

test("DASH: a viewer is led to a manifest that is the same for all, and the segment that is being written comes as it grows", async (t) => {
  const { root, append } = await live(t);
  append(encoded(6_500, both));
  const response = await fetch(`${root}/live/cam.mpd`);
  assert.match(response.url, /\/live\/cam\/-\/[^/]+\/manifest\.mpd$/);
  const text = await response.text();
  const other = await (await fetch(`${root}/live/cam.mpd`)).text();
  assert.equal(text, other);
  const start = Number(/startNumber="(\d+)"/.exec(text)?.[1]);
  const media = (/media="([^"]+)"/.exec(text)?.[1] ?? "").replace("$Number$", String(start + 3));
  const growing = await fetch(new URL(media, response.url));
  const reader = growing.body?.getReader();
  assert.ok(reader);
  const { value } = await reader.read();
  assert.ok(value && value.length > 100, "the first parts are there at once");
  append(encoded(3_000, { ...both, fromMs: 8_000 }).slice(2));
  let bytes = value.length;
  for (let read = await reader.read(); !read.done; read = await reader.read()) bytes += read.value.length;
  const whole = await (await fetch(new URL(media, response.url))).arrayBuffer();
  assert.equal(bytes, whole.byteLength);
  assert.equal((await fetch(new URL("now.utc", response.url))).status, 200);
});

/** SCTE 35's own example of a splice_insert. */
const splice = "/DAvAAAAAAAA///wFAVIAACPf+/+c2nALv4AUsz1AAAAAAAKAAhDVUVJAAABNWLbowo=";

test("texts and cues travel with the frames: as ID3 in fragments, and advertising cues in the playlist and the manifest", async (t) => {
  const { root, append } = await live(t);
  const say = (timeMs: number, ...values: Parameters<typeof encodeData>) =>
    append([
      {
        kind: "data",
        track: dataTrack,
        dtsUs: timeMs * 1000,
        ptsUs: timeMs * 1000,
        keyframe: false,
        data: encodeData(...values),
      },
    ]);
  append(encoded(3_000, both));
  say(3_000, "onTextData", { text: "hello" });
  say(3_000, "onAdCue", { type: "SCTE-35", cue: splice });
  append(encoded(4_000, { ...both, gopMs: 1_000, fromMs: 3_000 }).slice(2));
  const address = await playlistOf(root);
  const text = await (await fetch(address)).text();
  assert.match(
    text,
    /#EXT-X-DATERANGE:ID="splice-1207959695",START-DATE="[^"]+Z",PLANNED-DURATION=60\.29\d*,SCTE35-OUT=0xFC302F0000/,
  );
  const all = await Promise.all(
    uris(text).map(async (uri) => Buffer.from(await (await fetch(new URL(uri, address))).arrayBuffer())),
  );
  const bytes = Buffer.concat(all).toString("latin1");
  assert.match(bytes, /emsg.{4}.*https:\/\/aomedia\.org\/emsg\/ID3.*TXXX.*onTextData\0\{"text":"hello"\}/s);
  assert.equal(bytes.split("urn:scte:scte35:2013:bin").length, 2);
  const manifest = await (await fetch(`${root}/live/cam.mpd`)).text();
  assert.match(manifest, /InbandEventStream schemeIdUri="https:\/\/aomedia\.org\/emsg\/ID3"/);
  assert.match(manifest, /InbandEventStream schemeIdUri="urn:scte:scte35:2013:bin"/);
});

test("MPEG-TS is made for who asks", async (t) => {
  const { root, append } = await live(t);
  append(encoded(7_000, both));
  const master = await (await fetch(`${root}/live/cam.m3u8?format=ts`)).text();
  const address = new URL(uris(master)[0] ?? "", `${root}/live/cam.m3u8`).href;
  const text = await (await fetch(address)).text();
  assert.equal(uris(text).length, 3);
  const segment = await fetch(new URL(uris(text)[0] ?? "", address));
  assert.equal(segment.headers.get("content-type"), "video/mp2t");
  const bytes = Buffer.from(await segment.arrayBuffer());
  assert.equal(bytes.length % 188, 0);
  assert.ok(bytes.length > 188 * 50 && bytes[0] === 0x47);
});
