import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { dash } from "../packages/server/src/protocols/dash/index.ts";
import { hls } from "../packages/server/src/protocols/hls/index.ts";
import { testHost } from "../packages/server/testing/host.ts";
import { clipLadder, clipSizes } from "./clip-ladder.ts";
import { validateDash } from "./dash-viewer.ts";
import { validateHls } from "./hls-viewer.ts";
import { ffmpeg, missing, until } from "./peers.ts";

const skip = missing("ffmpeg", "ffprobe");
/** Seconds that a stream is followed; a minute for those who have it. */
const seconds = Number(process.env.SLUICE_E2E_FOLLOW_SECONDS ?? 15);

/** Server and viewers are one process here, so on a machine that is busy otherwise some answers are late; how late is not what is tested. */
const late = /^LL-\d: .* is answered (late|after \d+ ms)/;

async function live(t: TestContext): Promise<string> {
  const host = await testHost();
  t.after(() => host.close());
  await host.run((each) => hls.start(each, () => ({ enabled: true })));
  await host.run((each) => dash.start(each, () => ({ enabled: true })));
  const { rungs } = await clipLadder(t, host);
  const presentation = host.segments.presentations.find("live/cam");
  await until(() => rungs.every(({ live }) => live), "the rungs are live");
  // Until something of each has been measured.
  await until(
    () => presentation?.rungs.renditions.every(({ segments }) => segments.length > 3) === true,
    "the rungs have segments",
  );
  return `http://127.0.0.1:${host.ports["http.port"]}/live/cam`;
}

test("over HLS all qualities keep to the rules, each by itself and beside each other", { skip }, async (t) => {
  const root = await live(t);
  for (const query of ["", "?ll=0"]) {
    const report = await validateHls(`${root}.m3u8${query}`, { seconds });
    assert.deepEqual(
      report.problems.filter((problem) => !late.test(problem)),
      [],
      query,
    );
    t.diagnostic(`${report.snapshots} playlists, ${report.segments} segments, ${report.parts} parts`);
    assert.ok(report.segments >= clipSizes.length * (seconds / 6), `${report.segments} segments`);
  }
});

test("over DASH all qualities keep to the rules, each by itself and beside each other", { skip }, async (t) => {
  const root = await live(t);
  for (const query of ["", "?ll=0"]) {
    const report = await validateDash(`${root}.mpd${query}`, { seconds });
    assert.deepEqual(report.problems, [], query);
    t.diagnostic(`${report.snapshots} manifests, ${report.segments} segments, ${report.growing} as they grew`);
    assert.ok(report.segments >= clipSizes.length * (seconds / 6), `${report.segments} segments`);
  }
});

test("ffmpeg plays each quality that it asks for, in its exact size, and the keyframes alone", { skip }, async (t) => {
  const root = await live(t);
  for (const { name, width, height } of clipSizes) {
    for (const suffix of ["m3u8", "mpd"]) {
      const { code, out } = await ffmpeg(
        `-i ${root}.${suffix}?rendition=${name} -map 0:v:0 -frames:v 30 -f framehash -hash crc32 -`,
      ).done;
      assert.equal(code, 0, `${name} ${suffix}`);
      assert.match(out, new RegExp(`#dimensions 0: ${width}x${height}`), `${name} ${suffix}`);
    }
  }
  const master = await (await fetch(`${root}.m3u8`)).text();
  const winding = new URL(/I-FRAME-STREAM-INF.*URI="([^"]+)"/.exec(master)?.[1] ?? "", `${root}.m3u8`).href;
  const { code, out } = await ffmpeg(`-i ${winding} -frames:v 2 -f framehash -hash crc32 -`).done;
  assert.equal(code, 0);
  assert.match(out, /#dimensions 0: 160x90/);
});
