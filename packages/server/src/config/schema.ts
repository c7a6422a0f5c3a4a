import { type Static, Type } from "typebox";
import { protocolSections } from "../protocols/index.ts";
import { accessSection, sharedAccessSection } from "./access-schema.ts";
import { drainSection } from "./drain-schema.ts";
import { duration } from "./duration.ts";
import { encodersSection } from "./encoders-schema.ts";
import { enhancedSection } from "./enhanced-schema.ts";
import { hooksList } from "./hooks-schema.ts";
import { metricsSection, tracingSection } from "./observation-schema.ts";
import { pullSection, pushList } from "./relay-schema.ts";
import { choice, section } from "./section.ts";
import { size } from "./size.ts";
import { tlsSection } from "./tls-schema.ts";
import { appTranscoding, transcodingSection } from "./transcoding-schema.ts";

/*
 * Beside JSON Schema's own words a key may carry those of `Shape`: `form` (what is allowed, in words), `secret` (its value is never repeated),
 * and `unit` with its limits. Keys that are read only at the start are listed in restart.ts.
 */
const port = { minimum: 0, maximum: 65_535 } as const;
const count = { minimum: 1, maximum: 1_000_000 } as const;
const origin = "^(?:\\*|null|https?://[A-Za-z0-9.:\\[\\]_-]{1,255})$";
/** As in stream-name.ts: an app that could not be a stream's is a mistake. */
const segment = "[A-Za-z0-9_~](?:\\.?[A-Za-z0-9_~-]){0,127}";

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
    segment: duration({
      default: "2s",
      shortest: "1s",
      longest: "6s",
      description: "how long segments of HLS and DASH are at least; each ends at the next keyframe",
    }),
    part: duration({
      default: "200ms",
      shortest: "50ms",
      longest: "1s",
      description: "how long parts of segments are, for low latency; made to fit the frame rate",
    }),
    keep: duration({
      default: "6s",
      shortest: "1s",
      longest: "10m",
      description: "how much of a stream stays in memory, in whole groups of pictures",
    }),
    maxBytes: size({
      default: "64MiB",
      minimum: 64 * 1024,
      maximum: 16 * 1024 ** 3,
      description: "how much memory that may take",
    }),
    dvr: duration({
      default: "5m",
      description: "how far back viewers may begin; 0s keeps no more than `keep`",
    }),
    dvrMemory: size({
      default: "16MiB",
      minimum: 1024 ** 2,
      maximum: 16 * 1024 ** 3,
      description: "how much memory a stream's past before `keep` may take; what is older goes to disk",
    }),
    dvrDisk: size({
      default: "1GiB",
      minimum: 0,
      maximum: 16 * 1024 ** 4,
      description: "how much room on disk it may take; 0 keeps it in memory only",
    }),
    maxLag: duration({
      default: "4s",
      shortest: "100ms",
      description: "how far a viewer may fall behind before it is moved to the newest keyframe",
    }),
    stall: duration({
      default: "20s",
      shortest: "1s",
      description: "how long a viewer may take nothing at all before it is let go",
    }),
    bandwidth: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 1_000_000,
      description: "how many Mbit/s the app's viewers may take before no more are let in; 0 for any",
    }),
    ...appTranscoding,
    enhanced: enhancedSection,
    encoders: encodersSection,
    push: pushList,
    pull: pullSection,
    access: accessSection,
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
      secret: true,
      description: "the keys that may publish, as ?key=… behind the stream name",
    }),
    access: sharedAccessSection,
    console: section(
      {
        password: Type.String({
          default: "",
          pattern:
            "^(?:scrypt:[A-Za-z0-9_-]{16,128}:[A-Za-z0-9_-]{43}|\\$argon2id\\$v=19\\$[a-z0-9=,]{1,64}\\$[A-Za-z0-9+/]{11,64}\\$[A-Za-z0-9+/]{43})?$",
          form: "a password's hash as `sluice password` makes it",
          secret: true,
          description:
            "hash of the operator's password, as `sluice password` makes it; with it whoever signs in under any name that no account has is an owner; empty for no such password",
        }),
      },
      "access to the operator's API",
    ),
    log: section(
      {
        level: choice(["debug", "info", "warn", "error"], {
          default: "info",
          description: "the least severe that is logged",
        }),
        format: choice(["auto", "text", "json"], {
          default: "auto",
          description: "text for people, JSON for programs; auto is text on a terminal",
        }),
      },
      "the log",
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
        origins: Type.Array(Type.String({ pattern: origin, form: "an origin such as https://example.com, or *" }), {
          default: ["*"],
          maxItems: 100,
          description: "whose pages may watch from other sites (CORS, WebSocket); * is everyone's",
        }),
      },
      "HTTP and HTTPS",
    ),
    tls: tlsSection,
    limits: section(
      {
        connections: Type.Integer({ default: 50_000, ...count, description: "connections in all" }),
        connectionsPerAddress: Type.Integer({
          default: 1_000,
          ...count,
          description: "connections from one address",
        }),
        handshakesPerAddress: Type.Integer({
          default: 100,
          ...count,
          description: "connections from one address that have not yet said what they want",
        }),
        trusted: Type.Array(Type.String({ pattern: "^[0-9A-Fa-f.:]{2,45}$", form: "an IP address" }), {
          default: ["127.0.0.1", "::1"],
          maxItems: 100,
          description: "addresses that the limits per address leave out: proxies in front, this machine",
        }),
        streams: Type.Integer({ default: 10_000, ...count, description: "streams in all" }),
        publishBitrate: Type.Integer({
          default: 0,
          minimum: 0,
          maximum: 100_000,
          description: "how many Mbit/s one publisher may send, over ten seconds; 0 for any",
        }),
        playBitrate: Type.Integer({
          default: 0,
          minimum: 0,
          maximum: 100_000,
          description: "how many Mbit/s one viewer may take, over ten seconds; 0 for any",
        }),
        bandwidth: Type.Integer({
          default: 0,
          minimum: 0,
          maximum: 1_000_000,
          description: "how many Mbit/s all viewers may take before no more are let in; 0 for any",
        }),
      },
      "how many connections and streams there may be",
    ),
    pacing: section(
      {
        window: duration({
          default: "65ms",
          longest: "1s",
          description: "how long packets may wait for a common write when there are many viewers",
        }),
        maxWindow: duration({
          default: "350ms",
          longest: "5s",
          description: "how long they may wait when the core would otherwise fill",
        }),
      },
      "how viewers are written to",
    ),
    dvr: section(
      {
        directory: Type.String({
          default: ".sluice/dvr",
          minLength: 1,
          maxLength: 1024,
          description: "folder for what does not fit into memory, relative to the configuration's folder",
        }),
        memory: size({
          default: "256MiB",
          minimum: 1024 ** 2,
          maximum: 1024 ** 4,
          description: "how much memory the pasts of all streams may take; each gets the same share",
        }),
      },
      "time shift: where the past of streams is kept",
    ),
    drain: drainSection,
    transcoding: transcodingSection,
    metrics: metricsSection,
    tracing: tracingSection,
    hooks: hooksList,
    storage: section(
      {
        postgres: Type.String({
          default: "",
          maxLength: 1024,
          pattern: "^(?:postgres(?:ql)?://\\S+)?$",
          form: "an address such as postgres://user:password@host/database",
          secret: true,
          description: "address of a PostgreSQL database for the records; empty keeps them in .sluice/records.db",
        }),
      },
      "where accounts, keys, tokens and the audit log are kept",
    ),
    apps: Type.Record(Type.String({ pattern: `^${segment}(?:/${segment}){0,3}$` }), app, {
      additionalProperties: false,
      default: { live: {} },
      maxProperties: 1_000,
      form: "an app: one to four parts of letters, digits, . _ ~ and - with / between them",
      description: "the apps that streams may be published under, by name",
    }),
    ...protocolSections,
  },
  { additionalProperties: false },
);

export type Config = Static<typeof configSchema>;
