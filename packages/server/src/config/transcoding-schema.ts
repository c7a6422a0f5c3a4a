import { Type } from "typebox";
import { duration } from "./duration.ts";
import { choice, section } from "./section.ts";

/** By their heights, with which `auto` makes a ladder; and sound without a picture. */
export const ladderWords = ["1440p", "1080p", "720p", "480p", "360p", "240p", "audio"] as const;

const presets = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"] as const;
const maxRungs = 8;
const maxPixels = 8_192;
const cost = "how much work goes into a picture: the more, the better it looks at the same bitrate";

const rung = section(
  {
    name: Type.String({
      default: "",
      pattern: "^(?!(?:source|audio)$)[A-Za-z0-9_.-]{0,32}$",
      form: "up to 32 letters, digits, . _ and -, and neither source nor audio",
      description: "what viewers ask for; empty for its height, such as 540p",
    }),
    width: Type.Integer({ default: 0, minimum: 0, maximum: maxPixels, description: "0 for what suits its height" }),
    height: Type.Integer({ default: 0, minimum: 0, maximum: maxPixels, description: "0 for the source's" }),
    fps: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 240,
      description: "frames per second at most; 0 for the source's",
    }),
    bitrate: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 100_000,
      description: "of the picture in kbit/s; 0 for what suits its size",
    }),
    codec: choice(["h264", "hevc", "av1"], { default: "h264", description: "how the picture is encoded" }),
    preset: choice(["", ...presets], { default: "", description: `${cost}; empty for \`transcoding.preset\`` }),
  },
  "a quality",
);

const ladderForm =
  "auto, none, or a list of 1440p, 1080p, 720p, 480p, 360p, 240p, audio and qualities such as { height: 540, bitrate: 1200 }";

/** A ladder: a word, or its qualities. */
export function ladderKey(options: { readonly default: string; readonly description: string }) {
  return Type.Union(
    [
      Type.Enum(["none", "auto"]),
      Type.Array(Type.Union([Type.Enum([...ladderWords]), rung], { form: ladderForm }), { maxItems: maxRungs }),
    ],
    { form: ladderForm, ...options },
  );
}

/** What is made of the pictures of one app's streams. */
export const appTranscoding = {
  ladder: ladderKey({
    default: "none",
    description:
      "the qualities that are made beside what is published, for viewers whose network does not carry that. `auto` makes what suits the source, and never more than it has; a quality of your own may say name, width, height, fps, bitrate (kbit/s), codec and preset, and what it does not say follows from the source. It costs processors (a stream in 1080p takes one to three cores), so nothing is made until you say so",
  }),
  ladderStart: choice(["stream", "demand"], {
    default: "stream",
    description: "when the ladder is made: as long as the stream is live, or while somebody needs one of its qualities",
  }),
  ladderIdle: duration({
    default: "30s",
    shortest: "1s",
    description: "how long nobody must have needed one before a ladder on demand stops",
  }),
  thumbnails: duration({
    default: "0s",
    longest: "10m",
    description:
      "how often a small picture is taken of a keyframe, for /app/name.jpg and the storyboard; 0s for never. It needs FFmpeg, and hardly costs anything",
  }),
  thumbnailWidth: Type.Integer({
    default: 320,
    minimum: 32,
    maximum: 1920,
    description: "how wide the small pictures are",
  }),
};

/** What transcoding may take of the machine, and what does it. */
export const transcodingSection = section(
  {
    ffmpeg: Type.String({
      default: "ffmpeg",
      minLength: 1,
      maxLength: 1024,
      description: "the program FFmpeg: a name that is looked for in PATH, or a file",
    }),
    encoder: choice(["auto", "software", "nvenc", "vaapi", "qsv", "videotoolbox"], {
      default: "auto",
      description:
        "who encodes: the processor, or a graphics card's part for it; `auto` takes the fastest that proves to work, and the processor where none does",
    }),
    preset: choice(presets, { default: "veryfast", description: cost }),
    budget: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 1_024,
      description: "how many processor cores transcoding may take; 0 for all but one of the machine's",
    }),
    maxStreams: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 10_000,
      description: "how many streams may have a ladder made at once; 0 for as many as the budget carries",
    }),
    whenFull: choice(["queue", "refuse"], {
      default: "queue",
      description: "what a stream does for which there is no room: it waits for some, or goes without a ladder",
    }),
  },
  "making of other qualities and small pictures; apps.NAME.ladder and apps.NAME.thumbnails say of what",
);
