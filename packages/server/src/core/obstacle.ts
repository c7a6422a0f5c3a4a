import type { AudioCodec, VideoCodec } from "@sluice/media";
import type { Codecs } from "./codec-policy.ts";
import type { Stream } from "./stream.ts";

/** Which kinds of media a viewer wants, and which codecs it can take. */
export type Taker = Codecs & { readonly wanted: { readonly audio: boolean; readonly video: boolean } };

/** The codec for which a viewer cannot watch. `coming`: a quality in another one is planned, and not there yet. */
export type Obstacle = { readonly codec: VideoCodec | AudioCodec; readonly coming: boolean };

/**
 * What keeps a viewer from watching a stream. Nothing where there is something for it: a picture among the stream's tracks or its ladder, or sound where there is no picture; and as long as it is not
 * known what the stream has.
 */
export function obstacle({ tracks, ladder }: Pick<Stream, "tracks" | "ladder">, taker: Taker): Obstacle | undefined {
  const pictures = tracks.filter((track) => track.kind === "video");
  const [picture] = pictures;
  if (picture && taker.wanted.video) {
    if (pictures.some(({ codec }) => taker.video.has(codec))) return undefined;
    const rungs = ladder.rungs.filter(({ plan }) => taker.video.has(plan.codec));
    if (rungs.some(({ live }) => live)) return undefined;
    if (rungs.length > 0) ladder.want();
    return { codec: picture.codec, coming: rungs.length > 0 };
  }
  const sounds = tracks.filter((track) => track.kind === "audio");
  const [sound] = sounds;
  if (!sound || !taker.wanted.audio || sounds.some(({ codec }) => taker.audio.has(codec))) return undefined;
  return { codec: sound.codec, coming: false };
}
