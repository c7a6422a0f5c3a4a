import type { VideoCodec } from "@sluice/media";
import type { Cursor } from "./cursor.ts";
import type { Stream } from "./stream.ts";

/** How long a stream may have no picture for a viewer before that is told: its ladder may be on the way. */
const patienceMs = 3_000;

/** Viewers who can take none of the pictures that the stream they are at has, or has come to have. */
export class Misfits {
  readonly #since = new WeakMap<Cursor, number>();

  /** Looks at those who watch the source; whoever can take a rung is there, or will be. */
  look({ tracks, ladder, cursors }: Pick<Stream, "tracks" | "ladder" | "cursors">, at: number): void {
    const pictures = tracks.flatMap((track) => (track.kind === "video" ? [track.codec] : []));
    const [picture] = pictures;
    if (picture === undefined) return;
    const codecs = [...pictures, ...ladder.rungs.map(({ plan }) => plan.codec)];
    const fits = new Map<string, boolean>();
    for (const cursor of [...cursors]) {
      const { key, takes } = cursor.format;
      if (!takes) continue;
      const fit = fits.get(key) ?? codecs.some(takes);
      fits.set(key, fit);
      if (fit) this.#since.delete(cursor);
      else this.#misfit(cursor, picture, at);
    }
  }

  #misfit(cursor: Cursor, picture: VideoCodec, at: number): void {
    const since = this.#since.get(cursor);
    if (since === undefined) this.#since.set(cursor, at);
    else if (at - since >= patienceMs) cursor.unfit(picture);
  }
}
