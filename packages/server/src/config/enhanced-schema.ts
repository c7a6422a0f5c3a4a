import { Type } from "typebox";
import { section } from "./section.ts";

/** Codecs of pictures by name; `flash` is Flash's own: Sorenson H.263, Screen Video and VP6. */
export const videoWords = ["h264", "hevc", "vvc", "av1", "vp8", "vp9", "flash"] as const;

/** Codecs of sound by name; `flash` is Flash's own: PCM, ADPCM, Nellymoser, G.711 and Speex. */
export const audioWords = ["aac", "opus", "flac", "mp3", "ac3", "eac3", "flash"] as const;

/** What the streams of one app may be made of, over RTMP and FLV. */
export const enhancedSection = section(
  {
    videoIn: codecs(
      videoWords,
      "codecs of the picture that may be published over RTMP; a publisher who sends another is refused. `flash` is Flash's own",
    ),
    audioIn: codecs(audioWords, "codecs of the sound that may be published over RTMP"),
    videoOut: codecs(
      videoWords,
      "codecs of the picture that viewers over RTMP and FLV may get; a stream in another one they get from its other tracks or its ladder, or not at all",
    ),
    audioOut: codecs(audioWords, "codecs of the sound that viewers over RTMP and FLV may get"),
    multitrack: Type.Boolean({
      default: true,
      description:
        "take more than one track of picture and sound from a publisher, and send them all to viewers that announce that they can take them",
    }),
    nanoseconds: Type.Boolean({
      default: true,
      description: "send viewers that announce that they can read it the part of a time below the millisecond",
    }),
  },
  "what is negotiated with RTMP peers (Enhanced RTMP)",
);

function codecs<T extends string>(words: readonly T[], description: string) {
  const form = `all, or a list of ${words.join(", ")}`;
  const list = Type.Array(Type.Enum([...words] as [T, ...T[]], { form }), { maxItems: words.length });
  return Type.Union([Type.Enum(["all"]), list], { default: "all", form, description });
}
