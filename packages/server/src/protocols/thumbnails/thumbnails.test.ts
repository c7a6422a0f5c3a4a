import assert from "node:assert/strict";
import test from "node:test";
import { type TestHost, testHost } from "../../../testing/host.ts";
import { both, encoded, publishLive } from "../../../testing/live.ts";
import { thumbnails } from "./index.ts";

/** A live stream whose picture is taken at these times, in milliseconds. */
async function pictured(t: test.TestContext, times: readonly number[], settings = { enabled: true }) {
  const host = await testHost();
  t.after(() => host.close());
  await host.run((lent) => thumbnails.start(lent, () => settings));
  const { stream, append } = publishLive(host);
  append(encoded(9_000, both));
  for (const each of times) stream.pictures.add({ jpeg: Buffer.from(`picture ${each}`), timeUs: each * 1000 });
  return { host, stream };
}

const get = (host: TestHost, path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${host.ports["http.port"]}${path}`, init);

async function code(answer: Response): Promise<string> {
  return ((await answer.json()) as { code: string }).code;
}

test("the newest picture is answered, and only once to who has it", async (t) => {
  const { host, stream } = await pictured(t, [0, 4000]);
  const first = await get(host, "/live/cam.jpg");
  assert.equal(first.status, 200);
  assert.equal(first.headers.get("content-type"), "image/jpeg");
  assert.equal(first.headers.get("cache-control"), "no-cache");
  assert.equal(await first.text(), "picture 4000");
  const etag = first.headers.get("etag") ?? "";
  const known = { headers: { "if-none-match": etag } };
  assert.equal((await get(host, "/live/cam.jpg", known)).status, 304);
  const head = await get(host, "/live/cam.jpg", { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-length"), await head.text()], [200, "12", ""]);
  stream.pictures.add({ jpeg: Buffer.from("new"), timeUs: 8_000_000 });
  assert.equal(await (await get(host, "/live/cam.jpg", known)).text(), "new");
});

test("no picture, no stream and no thumbnails are told apart in words", async (t) => {
  const { host } = await pictured(t, []);
  for (const [path, expected] of [
    ["/live/cam.jpg", "stream/no-thumbnail"],
    ["/live/cam.vtt", "stream/no-thumbnail"],
    ["/live/nothing.jpg", "stream/not-found"],
    ["/live/nothing.vtt", "stream/not-found"],
  ] as const) {
    const answer = await get(host, path);
    assert.equal(answer.status, 404);
    assert.equal(await code(answer), expected, path);
  }
  const off = await pictured(t, [0], { enabled: false });
  assert.equal(await code(await get(off.host, "/live/cam.jpg")), "thumbnails/disabled");
});

test("a storyboard lists the pictures of the past with the viewer's token, and each can be had", async (t) => {
  const { host } = await pictured(t, [0, 4000, 3_725_500]);
  const answer = await get(host, "/live/cam.vtt");
  assert.equal(answer.headers.get("content-type"), "text/vtt");
  const text = await answer.text();
  const [header, ...cues] = text.trimEnd().split("\n\n");
  assert.equal(header, "WEBVTT");
  assert.deepEqual(
    cues.map((cue) => cue.split("\n")[0]),
    ["00:00:00.000 --> 00:00:04.000", "00:00:04.000 --> 01:02:05.500", "01:02:05.500 --> 01:02:06.500"],
  );
  const addresses = cues.map((cue) => `/live/${cue.split("\n")[1]}`);
  const pictures = await Promise.all(addresses.map(async (path) => (await get(host, path)).text()));
  assert.deepEqual(pictures, ["picture 0", "picture 4000", "picture 3725500"]);
  const folder = (addresses[0] ?? "").replace(/storyboard\/.*$/, "");
  const own = await (await get(host, `${folder}storyboard.vtt`)).text();
  assert.equal(own, text.replaceAll(folder.replace("/live/", ""), ""));
  for (const path of ["storyboard/x-0.jpg", "storyboard/0.jpg", "other.vtt", "other.jpg"])
    assert.equal((await get(host, `${folder}${path}`)).status, 404, path);
});
