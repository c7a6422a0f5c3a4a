import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { picture, sound } from "./clips.ts";
import { validateDash } from "./dash-viewer.ts";
import { type MediaPlaylist, readPlaylist } from "./hls-playlist.ts";
import { nextSequence } from "./hls-rules.ts";
import { addresses } from "./hls-validator.ts";
import { validateHls } from "./hls-viewer.ts";
import { get } from "./http-get.ts";
import { ffmpeg, missing, until } from "./peers.ts";
import { type RealServer, startAgain, startServer } from "./server.ts";

const skip = missing("ffmpeg");
const config = "auth: open\napps: { live: { hold: 60s } }\n";
/** More than any of this takes: who has seen enough says so. */
const seconds = 150;

/** An encoder that goes on until it is lost. */
function publish(t: TestContext, server: RealServer, size: string, gop = 50) {
  const encoder = `-c:v libx264 -preset ultrafast -bf 2 -b_strategy 0 -g ${gop} -pix_fmt yuv420p -c:a aac -ac 2 -f flv`;
  const publisher = ffmpeg(`-re ${picture(size, 25, 3_600)} -re ${sound(3_600)} ${encoder} ${server.rtmp}/live/cam`);
  const lose = async () => {
    publisher.child.kill("SIGKILL");
    await publisher.done;
  };
  t.after(lose);
  return lose;
}

test("a publisher that is lost and comes back, with another size too: playlists and manifests keep to the rules all the while", {
  skip,
}, async (t) => {
  const server = await startServer(t, config);
  const media = new Media(server);
  let lose = publish(t, server, "320x180");
  await until(() => media.open(), "the stream is there");
  const enough = new AbortController();
  const options = { seconds, mayPause: true, enough: enough.signal };
  const address = `${server.http}/live/cam`;
  const following = Promise.all([
    validateHls(`${address}.m3u8`, options),
    validateHls(`${address}.m3u8?format=ts`, options),
    validateDash(`${address}.mpd`, options),
  ]);
  for (const [stretch, size] of ["320x180", "640x360"].entries()) {
    await until(() => media.hasWhole(stretch, 2), `two segments are whole (${stretch})`);
    await lose();
    lose = publish(t, server, size);
  }
  await until(() => media.hasWhole(2, 3), "three segments are whole after the last discontinuity", 60_000);
  enough.abort();
  for (const { problems, segments } of await following) {
    assert.deepEqual(problems, []);
    assert.ok(segments >= 6, `${segments} segments`);
  }
});

test("a server that is killed and started again: for a player that polls, no number goes back, and its addresses hold", {
  skip,
}, async (t) => {
  const server = await startServer(t, config);
  const media = new Media(server);
  publish(t, server, "320x180");
  await until(() => media.open(), "the stream is there");
  await until(() => media.hasWhole(0, 2), "two segments are whole");
  const before = (await media.now()).map(placesOf);
  await server.stop("SIGKILL");
  let newest = before;
  const poll = async () => {
    const places = (await media.now()).map(placesOf);
    if (places.length < before.length) return false;
    for (const [index, now] of places.entries()) {
      const was = newest[index] ?? now;
      for (const name of ["first", "next", "firstEra", "lastEra"] as const) {
        assert.ok(now[name] >= was[name], `${name} of playlist ${index} goes back from ${was[name]} to ${now[name]}`);
      }
    }
    newest = places;
    return true;
  };
  const again = await startAgain(t, server, config);
  publish(t, again, "320x180");
  await until(poll, "the playlists are there again", 40_000);
  for (const [index, { firstEra, first }] of newest.entries()) {
    const was = before[index];
    assert.ok(was && firstEra > was.lastEra && first >= was.next, "the new segments are behind a discontinuity");
  }
  await until(async () => (await poll()) && media.hasWhole(0, 3), "three segments are whole");
});

/** What may never go back: segments and discontinuities, those of the oldest and of the newest that is listed. */
function placesOf(playlist: MediaPlaylist) {
  const firstEra = playlist.discontinuitySequence;
  const lastEra = firstEra + playlist.segments.filter(({ discontinuity }) => discontinuity).length;
  return { first: playlist.mediaSequence, next: nextSequence(playlist), firstEra, lastEra };
}

/** The playlists of a stream's renditions, at the addresses that one viewer got. */
class Media {
  readonly #master: string;
  #urls: readonly string[] = [];

  constructor({ http }: RealServer) {
    this.#master = `${http}/live/cam.m3u8`;
  }

  /** Gets the addresses. False while there is no stream. */
  async open(): Promise<boolean> {
    const { status, text } = await get(this.#master);
    if (status !== 200) return false;
    const { playlist } = readPlaylist(text);
    assert.equal(playlist.kind, "multivariant");
    if (playlist.kind === "multivariant") this.#urls = addresses(playlist, this.#master);
    return true;
  }

  /** What the playlists are now; those that cannot be had are left out. */
  async now(): Promise<MediaPlaylist[]> {
    const answers = await Promise.all(this.#urls.map((url) => get(url)));
    return answers.flatMap(({ status, text }) => {
      const { playlist } = readPlaylist(text);
      return status === 200 && playlist.kind === "media" ? [playlist] : [];
    });
  }

  /** Whether so many segments are whole after so many discontinuities, in every playlist. */
  async hasWhole(stretch: number, count: number): Promise<boolean> {
    const playlists = await this.now();
    return (
      playlists.length > 0 &&
      playlists.every(({ segments }) => {
        const last = segments.findLastIndex(({ discontinuity }) => discontinuity);
        const discontinuities = segments.filter(({ discontinuity }) => discontinuity).length;
        return discontinuities === stretch && segments.length - Math.max(last, 0) >= count;
      })
    );
  }
}
