import { type Static, type TSchema, Type } from "typebox";
import { httpFlvSettings } from "../protocols/http-flv/settings.ts";
import { rtmpSettings } from "../protocols/rtmp/settings.ts";
import { duration } from "./duration.ts";
import { size } from "./size.ts";

const port = { minimum: 0, maximum: 65_535 };

function section<T extends Record<string, TSchema>>(properties: T, description: string) {
  return Type.Object(properties, { additionalProperties: false, default: {}, description });
}

function choice<T extends string>(values: readonly T[], options: { default: T; description: string }) {
  return Type.Enum([...values] as [T, ...T[]], options);
}

const app = section(
  {
    hold: duration({
      default: "15s",
      description: "how long a stream whose publisher was lost waits for it; 0s ends it at once",
    }),
    duplicate: choice(["same-key", "reject", "takeover"], {
      default: "same-key",
      description: "who may publish over a live stream: who shows the same key, nobody, or anybody who may publish",
    }),
    keep: duration({ default: "6s", description: "how much of a stream stays in memory, in whole groups of pictures" }),
    maxBytes: size({ default: "64MiB", description: "how much memory one stream's past may take" }),
    maxLag: duration({
      default: "4s",
      description: "how far a viewer may fall behind before it is moved to the newest keyframe",
    }),
    stall: duration({ default: "20s", description: "how long a viewer may take nothing at all before it is let go" }),
  },
  "settings of one app",
);

/** The whole configuration: types, defaults, limits and help in one place. */
export const configSchema = Type.Object(
  {
    auth: choice(["key", "open"], {
      default: "key",
      description: "who may publish: who shows a stream key, or everyone",
    }),
    streamKeys: Type.Array(Type.String({ minLength: 8, maxLength: 256 }), {
      default: [],
      maxItems: 1_000,
      description: "the keys that may publish, as ?key=… behind the stream name",
    }),
    console: section(
      {
        password: Type.String({
          default: "",
          maxLength: 512,
          description: "scrypt hash of the operator's password; empty closes the API",
        }),
      },
      "the operator's side",
    ),
    log: section(
      {
        level: choice(["debug", "info", "warn", "error"], { default: "info", description: "the least that is logged" }),
        format: choice(["auto", "text", "json"], {
          default: "auto",
          description: "text for people, JSON for programs; auto is text on a terminal",
        }),
      },
      "logging",
    ),
    http: section(
      {
        host: Type.String({
          default: "::",
          minLength: 1,
          maxLength: 255,
          description: "address to listen on; :: is every address, IPv4 too",
        }),
        port: Type.Integer({ ...port, default: 8080, description: "port for HTTP" }),
        securePort: Type.Integer({ ...port, default: 8443, description: "port for HTTPS" }),
        origins: Type.Array(Type.String({ maxLength: 255 }), {
          default: ["*"],
          maxItems: 100,
          description: "whose pages may watch from other sites (CORS, WebSocket); * is everyone's",
        }),
      },
      "HTTP and HTTPS",
    ),
    tls: section(
      {
        certificate: Type.String({
          default: "",
          maxLength: 1024,
          description: "certificate chain in PEM; empty makes a self-signed one",
        }),
        key: Type.String({ default: "", maxLength: 1024, description: "its private key in PEM" }),
      },
      "certificate for RTMPS and HTTPS; the files are read again when they change",
    ),
    limits: section(
      {
        connections: Type.Integer({ default: 50_000, minimum: 1, description: "connections in all" }),
        connectionsPerAddress: Type.Integer({
          default: 1_000,
          minimum: 1,
          description: "connections from one address",
        }),
        handshakesPerAddress: Type.Integer({
          default: 100,
          minimum: 1,
          description: "connections from one address that have not yet said what they want",
        }),
        trusted: Type.Array(Type.String({ maxLength: 64 }), {
          default: ["127.0.0.1", "::1"],
          maxItems: 100,
          description: "addresses that are not counted: proxies in front, this machine",
        }),
        streams: Type.Integer({ default: 10_000, minimum: 1, description: "streams in all" }),
      },
      "limits",
    ),
    pacing: section(
      {
        window: duration({
          default: "60ms",
          description: "how long packets may wait for a common write when there are many viewers",
        }),
        maxWindow: duration({
          default: "350ms",
          description: "how long they may wait when the core would otherwise fill",
        }),
      },
      "how viewers are written to",
    ),
    apps: Type.Record(Type.String({ pattern: "^[A-Za-z0-9_~][A-Za-z0-9._~/-]{0,255}$" }), app, {
      default: { live: {} },
      description: "the apps that streams may be published under, by name",
    }),
    rtmp: rtmpSettings,
    httpFlv: httpFlvSettings,
  },
  { additionalProperties: false },
);

export type Config = Static<typeof configSchema>;
