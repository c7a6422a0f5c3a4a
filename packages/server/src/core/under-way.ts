import type { Cursor } from "./cursor.ts";
import type { Paths } from "./paths.ts";

/** What differs by less is alike. */
const likeShare = 0.25;
/** Where there is one quality, so much of it may be under way: what a path that falters for a moment needs to go on. */
const singleSeconds = 1;
/** And so much at least: a stream of which little was seen may become a large one. */
const singleBytes = 256 * 1024;

/** Lets the kernel hold so many seconds of what a viewer gets, in bits per second; told anew when that has changed by much, because it is a call of the system. */
export function limitUnderWay(
  paths: Paths | undefined,
  { socket, backlog }: Cursor,
  bitrate: number,
  seconds: number,
): void {
  const bytes = (bitrate / 8) * seconds;
  if (Math.abs(bytes - backlog.limited) <= backlog.limited * likeShare) return;
  if (paths?.limit(socket, bitrate, seconds)) backlog.limited = bytes;
}

/**
 * The same for those who have only one quality to get. The kernel would take megabytes for each whose network has stopped, into memory that nobody reads: with a few hundred of them all others' writes
 * are late by it, and who is slow gets in half a minute what could have been left out.
 */
export function limitSingle(paths: Paths | undefined, cursors: Iterable<Cursor>, bitrate: number): void {
  if (bitrate === 0) return;
  const seconds = Math.max(singleSeconds, (singleBytes * 8) / bitrate);
  for (const cursor of cursors) limitUnderWay(paths, cursor, bitrate, seconds);
}
