import assert from "node:assert/strict";
import test from "node:test";
import type { ColorInfo } from "@sluice/media";
import { testHost } from "../../../testing/host.ts";
import { encoded, publishLive } from "../../../testing/live.ts";
import { audioTrack, videoTrack } from "../../../testing/synthetic.ts";
import { hls } from "./index.ts";

const cases: { name: string; info?: ColorInfo; attribute: string | undefined }[] = [
  { name: "as ever", attribute: undefined },
  { name: "PQ", info: { primaries: 9, transfer: 16, matrix: 9 }, attribute: "VIDEO-RANGE=PQ" },
  { name: "HLG", info: { primaries: 9, transfer: 18, matrix: 9 }, attribute: "VIDEO-RANGE=HLG" },
];
for (const { name, info, attribute } of cases) {
  test(`the multivariant playlist says how bright the picture may be: ${name}`, async (t) => {
    const host = await testHost();
    t.after(() => host.close());
    await host.run((each) => hls.start(each, () => ({ enabled: true })));
    const video = info ? { ...videoTrack, colorInfo: info } : videoTrack;
    publishLive(host).append(encoded(7_000, { video, audio: audioTrack }));
    const text = await (await fetch(`http://127.0.0.1:${host.ports["http.port"]}/live/cam.m3u8`)).text();
    const found = (line: string) => /VIDEO-RANGE=\w+/.exec(line)?.[0];
    const variants = text.split("\n").filter((line) => /STREAM-INF/.test(line));
    assert.equal(variants.length, 2, text);
    assert.deepEqual(variants.map(found), [attribute, attribute]);
  });
}
