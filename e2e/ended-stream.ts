import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { representationsOf } from "./dash-validator.ts";
import { get } from "./http-get.ts";
import { addressOf, readMpd } from "./mpd.ts";
import { type Ended, ffmpeg } from "./peers.ts";
import { type TrackSeen, tracksSeen } from "./tracks-seen.ts";

/** A program that reads an address or a file to its end, and tells the packets as FFmpeg's framecrc does. */
export type Reader = (url: string) => { readonly done: Promise<Ended> };

/** What a reader saw when it came to its end. */
export async function readTracks(reader: { readonly done: Promise<Ended> }): Promise<TrackSeen[]> {
  const { code, out, err } = await reader.done;
  if (code !== 0) throw new Error(`the reader ended with ${code}: ${err}`);
  return tracksSeen(out);
}

/** Everything in media playlists whose stream has ended, as Debian's FFmpeg reads it, or another `reader`. */
export async function hlsTracks(playlists: readonly string[], reader: Reader = mp4Reader): Promise<TrackSeen[]> {
  const tracks: TrackSeen[] = [];
  for (const url of playlists) tracks.push(...(await readTracks(reader(url))));
  return tracks;
}

/** Everything that a manifest names whose stream has ended. FFmpeg reads what was downloaded: its own reader of DASH stops at the last whole second. */
export async function dashTracks(manifest: string, folder: string, reader: Reader = mp4Reader): Promise<TrackSeen[]> {
  const { text } = await get(manifest);
  const tracks: TrackSeen[] = [];
  for (const period of readMpd(text).periods) {
    for (const { representation } of representationsOf(period)) {
      const { media, initialization, timeline } = representation.template;
      const addresses = timeline.map((entry) => addressOf(media, representation, entry));
      const parts: Uint8Array[] = [];
      for (const each of [initialization, ...addresses]) parts.push((await get(new URL(each, manifest).href)).bytes);
      const file = join(folder, `dash-${representation.id}.mp4`);
      writeFileSync(file, Buffer.concat(parts));
      tracks.push(...(await readTracks(reader(file))));
    }
  }
  return tracks;
}

/** Debian's, which knows nothing of Enhanced RTMP, but reads MP4. */
function mp4Reader(url: string) {
  return ffmpeg(`-i ${url} -map 0 -c copy -copyts -f framecrc -`);
}
