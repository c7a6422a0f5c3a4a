import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { waitMs } from "./backoff.ts";
import { codecIn, isSoundCodec } from "./codec-name.ts";
import { Failures } from "./failures.ts";
import { bitrate, clock, qualityLabel } from "./format.ts";
import { commandFor } from "./keys.ts";
import { inQuality, inSound, qualitiesIn, soundsIn } from "./renditions.ts";
import type { State } from "./state.ts";
import { clampTo, positionOf } from "./timeline.ts";
import { allWays, isStreamPage, mediaAddress, waysFor } from "./ways.ts";
import { sentenceFor, wordsFor } from "./words.ts";

const page = new URL("https://host:8443/live/cam?token=a%2Bb&key=1#x");
const desktop = { mediaSource: true, nativeHls: false };
const oldPhone = { mediaSource: false, nativeHls: true };
const waysOf = (src: URL, prefer: string | null = null, abilities = desktop) =>
  waysFor(src, prefer, abilities).map(({ way }) => way);

test("the ways of a stream's page are tried from the least delay on, as far as the browser can", () => {
  assert.deepEqual(waysOf(page), ["flv", "ws-flv", "ll-hls", "dash", "hls"]);
  assert.deepEqual(waysOf(page, null, { mediaSource: true, nativeHls: true }), [...allWays]);
  assert.deepEqual(waysOf(page, null, oldPhone), ["native"]);
  assert.deepEqual(waysOf(page, null, { mediaSource: false, nativeHls: false }), []);
});

test("prefer names the only ways and their order; what is no way does not count", () => {
  assert.deepEqual(waysOf(page, "dash, ll-hls,flv"), ["dash", "ll-hls", "flv"]);
  assert.deepEqual(waysOf(page, "dash dash <b> quic"), ["dash"]);
  assert.deepEqual(waysOf(page, "quic"), waysOf(page));
  assert.deepEqual(waysOf(page, ""), waysOf(page));
});

test("a file of media is played by what it is, from where it is", () => {
  const file = (ending: string) => new URL(`https://host/vod/film${ending}?token=1`);
  assert.deepEqual(waysOf(file(".flv")), ["flv", "ws-flv"]);
  assert.deepEqual(waysOf(file(".m3u8")), ["ll-hls"]);
  assert.deepEqual(waysOf(file(".m3u8"), "hls"), ["hls"]);
  assert.deepEqual(waysOf(file(".m3u8"), null, oldPhone), ["native"]);
  assert.deepEqual(waysFor(file(".mpd"), null, desktop), [{ way: "dash", url: file(".mpd").href }]);
  assert.deepEqual(waysOf(file(".flv"), "dash"), []);
  assert.equal(isStreamPage(file(".mpd")), false);
  assert.equal(isStreamPage(page), true);
});

test("what the page was asked with is handed on to the media", () => {
  const urls = allWays.map((way) => [way, mediaAddress(page, way)]);
  assert.deepEqual(Object.fromEntries(urls), {
    flv: "https://host:8443/live/cam.flv?token=a%2Bb&key=1",
    "ws-flv": "wss://host:8443/live/cam.flv?token=a%2Bb&key=1",
    "ll-hls": "https://host:8443/live/cam.m3u8?token=a%2Bb&key=1",
    dash: "https://host:8443/live/cam.mpd?token=a%2Bb&key=1",
    hls: "https://host:8443/live/cam.m3u8?token=a%2Bb&key=1&ll=0",
    native: "https://host:8443/live/cam.m3u8?token=a%2Bb&key=1",
  });
  assert.equal(mediaAddress(new URL("http://host/live/cam/"), "flv"), "http://host/live/cam.flv");
});

test("whatever prefer says, each way is tried once at most and only if the browser can", () => {
  const named = fc.array(fc.oneof(fc.constantFrom(...allWays), fc.string()), { maxLength: 12 });
  fc.assert(
    fc.property(named, fc.boolean(), fc.boolean(), (names, mediaSource, nativeHls) => {
      const ways = waysOf(page, names.join(","), { mediaSource, nativeHls });
      assert.equal(new Set(ways).size, ways.length);
      assert.ok(ways.every((way) => (way === "native" ? nativeHls : mediaSource)));
    }),
  );
});

test("waits grow to five seconds, are long for a hidden page, and differ by a fifth", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 99].map((tries) => waitMs(tries, false, 0.5)),
    [500, 1_000, 1_000, 2_000, 3_000, 5_000, 5_000],
  );
  assert.deepEqual([waitMs(0, true, 0), waitMs(9, true, 1)], [12_000, 18_000]);
});

test("what failed is passed over until it is forgotten", () => {
  const candidates = waysFor(page, null, desktop);
  const failures = new Failures();
  assert.equal(failures.next(candidates)?.way, "flv");
  failures.add("flv", { kind: "failed" });
  assert.equal(failures.next(candidates)?.way, "ws-flv");
  assert.equal(failures.hasOther(candidates, "hls"), true);
  for (const { way } of candidates) failures.add(way, { kind: "absent" });
  assert.equal(failures.next(candidates), undefined);
  assert.equal(failures.codec(), undefined);
  failures.forget();
  assert.equal(failures.next(candidates)?.way, "flv");
});

test("a codec that FLV brings in vain is not tried over WebSocket either; the telling failure is the one that can be helped", () => {
  const candidates = waysFor(page, null, desktop);
  const failures = new Failures();
  failures.add("ll-hls", { kind: "codec", codec: "HEVC (H.265)", hasBoth: false });
  failures.add("flv", { kind: "codec", codec: "HEVC (H.265)", hasBoth: true });
  assert.equal(failures.next(candidates)?.way, "dash");
  assert.deepEqual(failures.codec(), { kind: "codec", codec: "HEVC (H.265)", hasBoth: true });
});

test("a way that plays, but never for long, has failed the third time", () => {
  const candidates = waysFor(page, "flv", desktop);
  const failures = new Failures();
  for (let times = 0; times < 2; times++) failures.addShort("flv");
  failures.forgetShort("flv");
  for (let times = 0; times < 2; times++) failures.addShort("flv");
  assert.equal(failures.next(candidates)?.way, "flv");
  failures.addShort("flv");
  assert.equal(failures.next(candidates), undefined);
});

const codecs: readonly (readonly [string, string, boolean])[] = [
  ["avc1.64001f", "H.264", false],
  ["Codec not supported: hvc1.1.6.L93.B0", "HEVC (H.265)", false],
  ['video/mp4;codecs="av01.0.04M.08"', "AV1", false],
  ["vp09.00.10.08", "VP9", false],
  ["mp4a.40.2", "AAC", true],
  ["mp4a.40.34", "MP3", true],
  ["Opus", "Opus", true],
  ["fLaC", "FLAC", true],
  ["ec-3", "Dolby Digital", true],
  ["the stream is in VP8, which players of FLV in a browser cannot read", "VP8", false],
  ["the stream is in HEVC, which this app does not send", "HEVC (H.265)", false],
  ["the stream is in AV1; have a quality in H.264 made", "AV1", false],
  ["the stream is in E-AC-3; have a quality in H.264 made", "Dolby Digital", true],
  ["no idea", "", false],
];

for (const [text, name, isSound] of codecs)
  test(`"${text}" speaks of ${name || "no codec"}`, () => {
    assert.equal(codecIn(text), name);
    assert.equal(isSoundCodec(name), isSound);
  });

test("times, rates and qualities are written as people write them", () => {
  assert.deepEqual([0, 5, 65, 3_725, -3].map(clock), ["0:00", "0:05", "1:05", "1:02:05", "0:00"]);
  assert.deepEqual([87.4, 999, 4_250].map(bitrate), ["87 kbit/s", "999 kbit/s", "4.3 Mbit/s"]);
  assert.equal(qualityLabel(720, 2_500_000, true), "720p");
  assert.equal(qualityLabel(720, 2_500_000, false), "720p, 2.5 Mbit/s");
  assert.equal(qualityLabel(undefined, 128_000, true), "128 kbit/s");
});

const ranges = (start: number, end: number) => ({ length: 1, start: () => start, end: () => end });
const live = { rewinds: true, behind: () => 0 };

test("there is a bar for a past that is worth one: live from the window's start to the edge, a recording to its end", () => {
  const video = { currentTime: 130, duration: Number.POSITIVE_INFINITY, seekable: ranges(100, 133) };
  const at = { start: 100, end: 130, now: 130, isLive: true, isBehind: false };
  assert.deepEqual(positionOf(video, live), at);
  assert.deepEqual(positionOf({ ...video, currentTime: 110 }, { rewinds: true, behind: () => 20 }), {
    ...at,
    now: 110,
    isBehind: true,
  });
  assert.equal(positionOf(video, { ...live, rewinds: false }), undefined);
  assert.equal(positionOf({ ...video, currentTime: 105 }, live), undefined);
  assert.equal(positionOf(video, undefined), undefined);
  assert.equal(positionOf({ ...video, seekable: { ...ranges(0, 0), length: 0 } }, live), undefined);
  const film = positionOf({ currentTime: 5, duration: 60, seekable: ranges(0, 60) }, live);
  assert.deepEqual(film, { start: 0, end: 60, now: 5, isLive: false, isBehind: false });
  assert.deepEqual(
    [-3, 30, 99].map((to) => film && clampTo(film, to)),
    [0, 30, 60],
  );
});

const press = (key: string, more = {}) => ({ key, ctrlKey: false, altKey: false, metaKey: false, ...more });

test("keys do what the help says, but never what belongs to the browser or to what has the focus", () => {
  for (const key of [" ", "k", "K", "m", "f", "l", "c", "?", "ArrowLeft", "ArrowUp"])
    assert.ok(commandFor(press(key), "other"), key);
  for (const key of ["x", "Tab", "Enter", "constructor", "__proto__"])
    assert.equal(commandFor(press(key), "other"), undefined);
  assert.equal(commandFor(press("k", { ctrlKey: true }), "other"), undefined);
  assert.equal(commandFor(press(" "), "button"), undefined);
  assert.ok(commandFor(press("k"), "button"));
  assert.equal(commandFor(press("ArrowLeft"), "slider"), undefined);
  assert.equal(commandFor(press("k"), "text"), undefined);
});

test("every language has a word and a sentence for what needs one, and names a codec", () => {
  const quiet: readonly State[] = ["idle", "live", "playing", "stopped"];
  for (const words of [wordsFor("en-GB"), wordsFor("de"), wordsFor("xx")]) {
    for (const [state, [word, sentence]] of Object.entries(words.states)) {
      assert.notEqual(word, "");
      assert.equal(sentence === "", quiet.includes(state as State), state);
    }
    assert.match(sentenceFor(words, "unsupported", "HEVC (H.265)"), /HEVC.*\. .*Safari/);
    assert.match(sentenceFor(words, "unsupported", "FLAC"), /FLAC.*\. .*browser/i);
    assert.notEqual(sentenceFor(words, "unsupported", ""), "");
  }
  assert.equal(wordsFor("de-AT").play, "Abspielen");
  assert.equal(wordsFor("fr").play, "Play");
});

test("the qualities that a server names are those with a picture; one alone is asked for in the address", () => {
  const header = '"source";width=1280;height=720, "480p";width=854;height=480, "audio"';
  assert.deepEqual(qualitiesIn(header), [
    { id: "source", label: "720p" },
    { id: "480p", label: "480p" },
  ]);
  assert.deepEqual(qualitiesIn(null), []);
  assert.deepEqual(qualitiesIn('"1080p-hevc";width=1920;height=1080'), [{ id: "1080p-hevc", label: "1080p-hevc" }]);
  const url = "wss://host/live/cam.flv?token=a%2Bb";
  assert.equal(inQuality(url, "480p"), "wss://host/live/cam.flv?token=a%2Bb&rendition=480p");
  assert.equal(inQuality(inQuality(url, "480p"), "auto"), url);
});

test("the sounds that a server names are told apart by name, and asked for by number", () => {
  assert.deepEqual(soundsIn('0;name="Live", 1;name="VOD%20track%20%22%C3%A9%22";lang="de"'), [
    { id: "0", label: "Live" },
    { id: "1", label: 'VOD track "é"' },
  ]);
  assert.deepEqual(soundsIn('0;name="%E9"'), []);
  assert.deepEqual(soundsIn(null), []);
  assert.equal(
    inSound("wss://host/live/cam.flv?rendition=480p", "1"),
    "wss://host/live/cam.flv?rendition=480p&audio=1",
  );
});
