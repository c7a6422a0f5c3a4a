import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { dashTracks, hlsTracks, type Reader, readTracks } from "./ended-stream.ts";
import { newFfmpeg } from "./ffmpeg8.ts";
import { readPlaylist } from "./hls-playlist.ts";
import { addresses } from "./hls-validator.ts";
import { get } from "./http-get.ts";
import { until } from "./peers.ts";
import { isLive, type RealServer } from "./server.ts";
import type { TrackSeen } from "./tracks-seen.ts";

type Seen = Readonly<Record<"rtmp" | "flv" | "hls" | "dash", TrackSeen[]>>;

/** What readers see of a file that FFmpeg 8 publishes: one over RTMP, who waits; one over HTTP-FLV, who comes in the first second and may ask for more in its `query`; and the whole of HLS and DASH when it is over, which another `reader` than Debian's FFmpeg may read. */
export async function published(
  t: TestContext,
  server: RealServer,
  file: string,
  { query = "", reader }: { readonly query?: string; readonly reader?: Reader } = {},
): Promise<Seen> {
  const viewer = newFfmpeg(`-i ${server.rtmp}/live/cam -f framecrc pipe:1`);
  await until(() => viewers(server) === 1, "a viewer waits over RTMP");
  const [most, rest] = [join(server.folder, "most"), join(server.folder, "rest")];
  const publisher = newFfmpeg(
    `-re -i ${file} -pause 0.5=${most} -pause 3.5=${rest} -flush_packets 1 -f flv ${server.rtmp}/live/cam`,
  );
  await until(() => isLive(server, "live/cam"), "the stream is live");
  const flv = newFfmpeg(`-i ${server.http}/live/cam.flv${query} -f framecrc pipe:1`);
  await until(() => viewers(server) === 2, "a viewer has come over HTTP-FLV");
  for (const { child } of [viewer, publisher, flv]) t.after(() => child.kill("SIGKILL"));
  writeFileSync(most, "");
  const playlists = await mediaPlaylists(`${server.http}/live/cam.m3u8`);
  const manifest = await arrived(`${server.http}/live/cam.mpd`);
  writeFileSync(rest, "");
  const { code, err } = await publisher.done;
  assert.equal(code, 0, err);
  return {
    rtmp: await readTracks(viewer),
    flv: await readTracks(flv),
    hls: await hlsTracks(playlists, reader),
    dash: await dashTracks(manifest.url, server.folder, reader),
  };
}

/** How many have come so far. */
export function viewers(server: RealServer): number {
  return server.log().filter(({ message }) => message === "viewer opened").length;
}

/** The answer as soon as there is one. */
export async function arrived(url: string) {
  let answer = await get(url);
  await until(async () => {
    answer = await get(url);
    return answer.status === 200;
  }, `${url} is there`);
  return answer;
}

/** Pictures before sounds, as they are listed. */
export async function mediaPlaylists(master: string): Promise<string[]> {
  const { playlist } = readPlaylist((await arrived(master)).text);
  assert.ok(playlist.kind === "multivariant");
  return addresses(playlist, master);
}

/** Viewers begin with a picture: sound from before the first, which FLV decodes then and MP4 shows then, is left out. */
export function from(tracks: readonly TrackSeen[], time: "dtsMs" | "ptsMs"): TrackSeen[] {
  const first = tracks.find(({ kind }) => kind === "video")?.packets[0]?.[time] ?? 0;
  return tracks.map((track) => ({
    ...track,
    packets: track.packets.filter(({ dtsMs }) => dtsMs >= first || track.kind === "video"),
  }));
}

/** Each packet in a line. */
export function plain(tracks: readonly TrackSeen[]): string[][] {
  return tracks.map(({ kind, codec, packets }) => [
    `${kind} ${codec} ${packets.length}`,
    ...packets.map(({ dtsMs, ptsMs, size, crc }) => `${dtsMs} ${ptsMs} ${size} ${crc}`),
  ]);
}

/** Times in MP4 are ticks of 90 kHz, or samples: so much may they differ from those that FLV has in milliseconds. */
const roundedMs = 1;

/** What is not as it was sent; a presentation may begin at another time, the same for all its tracks, and list them in another order. */
export function problems(seen: readonly TrackSeen[], sent: readonly TrackSeen[]): string[] {
  const names = (tracks: readonly TrackSeen[]) =>
    tracks.map(({ codec, packets }) => `${codec} × ${packets.length}`).sort();
  if (names(seen).join() !== names(sent).join()) return [`${names(seen)} of ${names(sent)}`];
  const pairs = sent.map((ours) => ({ ours, theirs: seen.find((each) => nameOf(each) === nameOf(ours)) }));
  const [first] = pairs;
  const shift = (first?.theirs?.packets[0]?.ptsMs ?? 0) - (first?.ours.packets[0]?.ptsMs ?? 0);
  return pairs.flatMap(({ ours, theirs }) =>
    ours.packets.flatMap((packet, index) => {
      const other = theirs?.packets[index];
      if (!other) return [`${ours.codec} ${index} is missing`];
      const apart = [other.dtsMs - packet.dtsMs - shift, other.ptsMs - packet.ptsMs - shift];
      if (other.size !== packet.size || other.crc !== packet.crc) return [`${ours.codec} ${index}: other bytes`];
      return apart.every((ms) => Math.abs(ms) <= roundedMs) ? [] : [`${ours.codec} ${index}: ${apart.join(", ")} ms`];
    }),
  );
}

/** What tells tracks apart: codec and first packet. */
function nameOf({ codec, packets: [first] }: TrackSeen): string {
  return `${codec} ${first?.crc}`;
}
