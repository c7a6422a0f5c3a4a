import { Type } from "typebox";
import { choice, section } from "./section.ts";
import { addressPattern } from "./target.ts";
import { ladderKey } from "./transcoding-schema.ts";

/** What encoders are told to send when they ask (OBS: "Enhanced Broadcasting"). */
export const encodersSection = section(
  {
    answer: Type.Boolean({
      default: true,
      description: "tell encoders that ask at /APP/GetClientConfiguration which tracks to send",
    }),
    ladder: ladderKey({
      default: "auto",
      description:
        "the tracks below the first, which is the encoder's canvas: as in `ladder`, but made by the encoder. `none` asks for one track",
    }),
    codec: choice(["h264", "hevc", "av1"], {
      default: "h264",
      description: "how tracks are encoded that say nothing else; where the encoder or the app's viewers cannot, H.264",
    }),
    tracks: Type.Integer({ default: 4, minimum: 1, maximum: 10, description: "how many tracks of pictures at most" }),
    bitrate: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 1_000_000,
      description: "how many kbit/s all tracks may take together; 0 for any",
    }),
    audioBitrate: Type.Integer({ default: 160, minimum: 32, maximum: 512, description: "of the sound, in kbit/s" }),
    addresses: Type.Array(
      Type.String({
        maxLength: 256,
        pattern: addressPattern,
        form: "an address such as rtmps://live.example.com, without an app",
      }),
      {
        default: [],
        maxItems: 16,
        description:
          "where encoders are told to publish; empty for the host under which they asked, with this server's ports",
      },
    ),
  },
  "what encoders are told to send when they ask",
);
