import { Type } from "typebox";
import { duration } from "./duration.ts";
import { section } from "./section.ts";

const address = "^(?:rtmps?://[^\\s@]+)?$";
const addressForm = "an address such as rtmp://other.example/app/{name}";
const host = "^(?:\\*|(?:\\*\\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]{2,45}\\])$";

/** What is said of another server, whichever way streams go. */
function remote(url: string, key: string) {
  return {
    url: Type.String({
      default: "",
      maxLength: 2_048,
      pattern: address,
      form: addressForm,
      secret: true, // it may end with a key
      description: url,
    }),
    key: Type.String({
      default: "",
      maxLength: 1_024,
      pattern: "^\\S*$",
      form: "a text without spaces",
      secret: true,
      description: key,
    }),
    private: Type.Boolean({
      default: false,
      description:
        "the address may lead to this machine or into a private network; otherwise it is refused, and so is everything that is not reachable from everywhere",
    }),
    anyCertificate: Type.Boolean({
      default: false,
      description: "over rtmps:// the other server's certificate is not checked, so anybody on the way could be it",
    }),
    hosts: Type.Array(Type.String({ pattern: host, form: "a host, *.example.com for those below one, or *" }), {
      default: [],
      maxItems: 32,
      description: "hosts besides its own to which the other server may send us (Enhanced RTMP's ReconnectRequest)",
    }),
  };
}

const push = section(
  {
    ...remote(
      "where streams are sent; `{name}` and `{app}` stand for the stream's",
      "the stream's name or key there, where `url` ends with the app (`rtmp://b.example/live2?backup=1`)",
    ),
    streams: Type.String({
      default: "*",
      minLength: 1,
      maxLength: 128,
      description: "which streams of the app, by name; `*` stands for any letters",
    }),
    rendition: Type.String({
      default: "",
      maxLength: 32,
      description: "the quality that is sent, such as 720p; empty for what is published",
    }),
    sound: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 255,
      description: "the sound that is sent, by its track's number; 0 for the default one",
    }),
    anyCodec: Type.Boolean({
      default: false,
      description: "codecs such as HEVC and AV1 are sent though the other server has not announced that it takes them",
    }),
  },
  "another server",
);

/** Where one app's streams are sent to. */
export const pushList = Type.Array(push, {
  default: [],
  maxItems: 32,
  form: "a list of targets, { url: ADDRESS }",
  description:
    "other servers that the app's streams are sent to as long as they are live ([Restream](record.md#restream)), each with `url`, `key`, `streams`, `rendition`, `sound`, `private`, `hosts`, `anyCertificate` and `anyCodec`",
});

/** Where one app's streams come from. */
export const pullSection = section(
  {
    ...remote(
      "where streams come from, such as `rtmp://origin.example/live/{name}`: whoever wants to watch one that is not published here, over whatever protocol, gets it from there; empty for nowhere",
      "the stream's name there, where `url` ends with the app",
    ),
    always: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
      default: [],
      maxItems: 1_000,
      description: "streams that are fetched whether somebody watches or not, by name",
    }),
    wait: duration({
      default: "5s",
      longest: "30s",
      description:
        "how long viewers over HTTP-FLV, WebSocket-FLV, HTTP-TS, HLS and DASH wait for one that is being fetched; then, and at once with 0s, the answer is 404 (over RTMP it is `rtmp.waitTimeout`)",
    }),
    idle: duration({
      default: "30s",
      shortest: "1s",
      description: "how long nobody must have watched one of the others before it is fetched no more",
    }),
    most: Type.Integer({
      default: 100,
      minimum: 0,
      maximum: 10_000,
      description: "how many of those are fetched at once",
    }),
  },
  "another server that the app's streams come from ([Fetch](record.md#fetch)); who publishes one here wins",
);
