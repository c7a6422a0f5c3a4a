import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { dataTrack, encodeData, type Packet } from "@sluice/media";
import { testHost } from "../../../testing/host.ts";
import { publishLive } from "../../../testing/live.ts";
import { multitrack, sentPictures } from "../../../testing/multitrack.ts";
import { hls } from "./index.ts";

const names = { audioTrackIdInfoMap: { 0: { name: "Game", language: "en" }, 1: { name: "Kommentar", lang: "de" } } };
const metadata: Packet = {
  ...{ kind: "data", track: dataTrack, dtsUs: 0, ptsUs: 0, keyframe: false },
  data: encodeData("onMetaData", names),
};

async function live(t: TestContext, before: readonly Packet[] = [], pictures?: Parameters<typeof multitrack>[1]) {
  const host = await testHost();
  t.after(() => host.close());
  await host.run((each) => hls.start(each, () => ({ enabled: true })));
  const published = publishLive(host);
  published.append([...before, ...multitrack(9_000, pictures)]);
  const root = `http://127.0.0.1:${host.ports["http.port"]}/live/cam.m3u8`;
  return { ...published, root };
}

async function master(root: string, query = "") {
  const text = await (await fetch(`${root}${query}`)).text();
  const lines = text.split("\n");
  const variants = lines.flatMap((inf, index) =>
    inf.startsWith("#EXT-X-STREAM-INF") ? [{ inf, uri: new URL(lines[index + 1] ?? "", root).href }] : [],
  );
  const sounds = lines.filter((line) => line.startsWith("#EXT-X-MEDIA:TYPE=AUDIO"));
  return { text, variants, sounds };
}

const nameIn = ({ uri }: { uri: string }) => /\/([^/]+)\.m3u8/.exec(uri)?.[1];

test("the pictures of one publisher are variants, the dearest first, each with its codec and size", async (t) => {
  const { root } = await live(t);
  const { variants, text } = await master(root);
  assert.deepEqual(variants.map(nameIn), ["v-360p", "v-1080p", "v0", "a0"], text);
  const said = (key: string) => variants.find((each) => nameIn(each) === key)?.inf ?? "";
  assert.match(said("v-1080p"), /CODECS="hvc1\.[^,]+,mp4a\.40\.2",RESOLUTION=1920x1080,FRAME-RATE=25\.000/);
  assert.match(said("v0"), /CODECS="avc1\.42c00a,mp4a\.40\.2",RESOLUTION=1280x720/);
  assert.match(said("v-360p"), /CODECS="avc1\.42c00a,mp4a\.40\.2",RESOLUTION=640x360/);
  assert.match(text, /^#EXT-X-INDEPENDENT-SEGMENTS$/m);
  for (const { uri } of variants) {
    const list = await (await fetch(uri)).text();
    assert.doesNotMatch(list, /GAP/, uri);
    const segment = list.split("\n").find((line) => line.endsWith(".m4s")) ?? assert.fail(list);
    assert.equal((await fetch(new URL(segment, uri))).status, 200);
  }
});

test("several sounds are a group with names, and languages where the publisher says them", async (t) => {
  const { root } = await live(t, [metadata]);
  const { sounds, variants } = await master(root);
  assert.equal(sounds.length, 2);
  assert.match(
    sounds[0] ?? "",
    /GROUP-ID="audio",LANGUAGE="en",NAME="Game",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="[^"]+\/a0\.m3u8"/,
  );
  assert.match(
    sounds[1] ?? "",
    /GROUP-ID="audio",LANGUAGE="de",NAME="Kommentar",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",URI="[^"]+\/a1\.m3u8"/,
  );
  assert.ok(variants.every(({ inf }) => /AUDIO="audio"/.test(inf)));
  const list = new URL(/URI="([^"]+)"/.exec(sounds[1] ?? "")?.[1] ?? "", root);
  assert.match(await (await fetch(list)).text(), /a1\/\w+-\d+\.m4s/);
});

test("a sound that nobody has named is not taken by itself; a viewer may ask for another to begin with", async (t) => {
  const { root } = await live(t);
  const { sounds } = await master(root);
  assert.match(sounds[0] ?? "", /NAME="Audio 1",DEFAULT=YES,AUTOSELECT=YES/);
  assert.match(sounds[1] ?? "", /NAME="Audio 2",DEFAULT=NO,AUTOSELECT=NO/);
  const second = (await master(root, "?audio=1")).sounds;
  assert.match(second[0] ?? "", /DEFAULT=NO/);
  assert.match(second[1] ?? "", /DEFAULT=YES/);
  const none = (await master(root, "?audio=9")).sounds;
  assert.match(none[0] ?? "", /DEFAULT=YES/);
  assert.equal((await fetch(`${root}?audio=second`)).status, 400);
});

test("one quality may be asked for; what is made here is a variant beside what is sent", async (t) => {
  const { root } = await live(t);
  assert.deepEqual((await master(root, "?rendition=1080p")).variants.map(nameIn), ["v-1080p"]);
  assert.deepEqual((await master(root, "?rendition=source")).variants.map(nameIn), ["v0"]);
  assert.deepEqual((await master(root, "?adaptive=0")).variants.length, 1);
});

test("segments are not said to begin with keyframes where one picture's do not", async (t) => {
  const [high, , low] = sentPictures;
  const { root } = await live(
    t,
    [],
    [
      { track: high, gopMs: 2_000 },
      { track: low, gopMs: 4_000 },
    ],
  );
  const { text, variants } = await master(root);
  assert.doesNotMatch(text, /INDEPENDENT-SEGMENTS/);
  assert.deepEqual(variants.map(nameIn).toSorted(), ["a0", "v-360p", "v0"]);
});
