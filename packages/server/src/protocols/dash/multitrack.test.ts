import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { dataTrack, encodeData, type Packet } from "@sluice/media";
import { testHost } from "../../../testing/host.ts";
import { publishLive } from "../../../testing/live.ts";
import { av1Picture, multitrack, sentPictures } from "../../../testing/multitrack.ts";
import { dash } from "./index.ts";

const metadata: Packet = {
  ...{ kind: "data", track: dataTrack, dtsUs: 0, ptsUs: 0, keyframe: false },
  data: encodeData("onMetaData", { language: "en", audioTrackIdInfoMap: { 1: { name: "Bäd & <loud>", lang: "de" } } }),
};

async function live(t: TestContext, before: readonly Packet[] = []) {
  const host = await testHost();
  t.after(() => host.close());
  await host.run((each) => dash.start(each, () => ({ enabled: true })));
  const published = publishLive(host);
  const pictures = [...sentPictures, av1Picture].map((track) => ({ track }));
  published.append([...before, ...multitrack(9_000, pictures)]);
  return { ...published, root: `http://127.0.0.1:${host.ports["http.port"]}/live/cam.mpd` };
}

async function load(root: string, query = "") {
  const response = await fetch(`${root}${query}`);
  const text = await response.text();
  const sets = [...text.matchAll(/<AdaptationSet ([^>]*)>(.*?)<\/AdaptationSet>/gs)].map(
    ([, attributes = "", body = ""]) => ({
      attributes,
      body,
      ids: [...body.matchAll(/<Representation id="([^"]+)"/g)].map(([, id]) => id),
    }),
  );
  return { text, sets, url: response.url };
}

test("pictures of the default one's codec are in its set, those of each other codec in one of their own", async (t) => {
  const { root } = await live(t);
  const { sets, text, url } = await load(root);
  assert.deepEqual(
    sets.map(({ ids }) => ids.join()).toSorted(),
    ["a0", "a1", "v-1080p", "v-360p-av1", "v0,v-360p"],
    text,
  );
  assert.equal(new Set(sets.map(({ attributes }) => /id="(\d+)"/.exec(attributes)?.[1])).size, 5);
  assert.match(text, /id="v-1080p" bandwidth="\d+" codecs="hvc1\.[^"]+" width="1920" height="1080" frameRate="25"/);
  assert.match(text, /id="v-360p-av1" bandwidth="\d+" codecs="av01\.[^"]+" width="640" height="360"/);
  const start = /startNumber="(\d+)"/.exec(text)?.[1] ?? "";
  for (const id of ["v-1080p", "v-360p", "v-360p-av1"]) {
    const media = new RegExp(`id="${id}".*?initialization="([^"]+)" media="([^"]+)"`).exec(text) ?? assert.fail(id);
    const init = Buffer.from(await (await fetch(new URL(media[1] ?? "", url))).arrayBuffer());
    const box = { "v-1080p": "hvcC", "v-360p": "avcC", "v-360p-av1": "av1C" }[id] ?? "";
    assert.ok(init.includes(box), box);
    const segment = await fetch(new URL((media[2] ?? "").replace("$Number$", start), url));
    assert.equal(segment.status, 200);
    assert.match(segment.headers.get("cache-control") ?? "", /immutable/);
  }
});

test("each sound is a set with its language, and what people call it where there are several", async (t) => {
  const { root } = await live(t, [metadata]);
  const { sets, text } = await load(root);
  const [first, second] = sets.filter(({ attributes }) => /contentType="audio"/.test(attributes));
  assert.match(first?.attributes ?? "", /lang="en"/);
  assert.match(first?.body ?? "", /<Label>Audio 1<\/Label>.*value="main"/s);
  assert.match(second?.attributes ?? "", /lang="de"/);
  assert.match(second?.body ?? "", /<Label>B&#228;d &#38; &#60;loud&#62;<\/Label>.*value="alternate"/s);
  assert.doesNotMatch(text, /[^ -~\n]/, "a manifest is ASCII");
});

test("a viewer may ask for another sound to begin with, and for one quality", async (t) => {
  const { root } = await live(t);
  const asked = await load(root, "?audio=1");
  const [first, second] = asked.sets.filter(({ attributes }) => /contentType="audio"/.test(attributes));
  assert.match(first?.body ?? "", /value="alternate"/);
  assert.match(second?.body ?? "", /value="main"/);
  const { sets } = await load(root, "?rendition=1080p");
  assert.deepEqual(
    sets.map(({ ids }) => ids),
    [["v-1080p"], ["a0"], ["a1"]],
  );
});
