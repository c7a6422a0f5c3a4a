import { type Static, Type } from "typebox";
import { httpFlv } from "../protocols/http-flv/index.ts";
import { rtmp } from "../protocols/rtmp/index.ts";
import { duration } from "./duration.ts";
import { size } from "./size.ts";

/*
 * Beside what JSON Schema knows, a key may carry: `secret` (its value is never repeated), `restart` (it is read once, at the start),
 * `unit` (its text is a duration or a size) with `shortest` and `longest`, and `form` (what is allowed, in words, where a pattern would tell nobody).
 */
const closed = { additionalProperties: false, default: {} } as const;
const port = { minimum: 0, maximum: 65_535, restart: true } as const;
const count = { minimum: 1, maximum: 1_000_000 } as const;
const address = { minLength: 1, maxLength: 253, form: "a host name or an address" } as const;
const segment = "[A-Za-z0-9_~](?:[A-Za-z0-9._~-]{0,126}[A-Za-z0-9_~-])?";

const log = Type.Object(
  {
    level: Type.Enum(["debug", "info", "warn", "error"], {
      default: "info",
      description: "the least important lines that are logged",
    }),
    format: Type.Enum(["auto", "json", "text"], {
      default: "auto",
      description: "how a line is written; auto is text on a terminal and JSON elsewhere",
      restart: true,
    }),
  },
  closed,
);

const http = Type.Object(
  {
    host: Type.String({
      ...address,
      default: "::",
      description: "address to listen on; :: is every address, IPv4 too",
      restart: true,
    }),
    port: Type.Integer({ ...port, default: 8080, description: "port for HTTP and WebSocket" }),
    securePort: Type.Integer({ ...port, default: 8443, description: "port for HTTPS and secure WebSocket" }),
    origins: Type.Array(
      Type.String({
        pattern: "^(?:\\*|null|https?://[A-Za-z0-9.:\\[\\]_-]{1,255})$",
        form: "an origin such as https://example.com, or * for every page",
      }),
      {
        maxItems: 1_000,
        default: ["*"],
        description: "pages that may play streams from here (CORS and WebSocket origin)",
      },
    ),
  },
  closed,
);

const file = { maxLength: 4_096, form: "the path of a file", restart: true } as const;
const tls = Type.Object(
  {
    certificate: Type.String({
      ...file,
      default: "",
      description:
        "certificate file with its chain (PEM), re-read when it changes; empty: a self-signed one in .sluice/",
    }),
    key: Type.String({
      ...file,
      default: "",
      description: "private key file (PEM) of the certificate; empty: a self-signed one in .sluice/",
    }),
  },
  closed,
);

const limits = Type.Object(
  {
    connections: Type.Integer({
      ...count,
      default: 50_000,
      description: "connections at the same time, over all protocols",
    }),
    connectionsPerAddress: Type.Integer({
      ...count,
      default: 1_000,
      description: "connections of one address at the same time",
    }),
    handshakesPerAddress: Type.Integer({
      ...count,
      default: 100,
      description: "connections of one address that have not yet shown that they speak their protocol",
    }),
    trusted: Type.Array(Type.String({ ...address, pattern: "^[0-9A-Fa-f.:]+$", form: "an IP address" }), {
      maxItems: 1_000,
      default: ["127.0.0.1", "::1"],
      description: "addresses that the limits per address do not count: this machine, and proxies in front of it",
    }),
    streams: Type.Integer({ ...count, default: 10_000, description: "streams at the same time" }),
  },
  closed,
);

const pacing = Type.Object(
  {
    window: duration({
      default: "60ms",
      longest: "1s",
      description:
        "how long packets may be gathered before viewers get them, at moderate load; nothing is gathered for a few viewers",
      restart: true,
    }),
    maxWindow: duration({
      default: "350ms",
      longest: "5s",
      description: "how long they may be gathered when the machine is full",
      restart: true,
    }),
  },
  closed,
);

const app = Type.Object(
  {
    hold: duration({
      default: "15s",
      description: "how long viewers stay when the publisher is lost, for it to return",
    }),
    duplicate: Type.Enum(["same-key", "reject", "takeover"], {
      default: "same-key",
      description:
        "a second publisher of a stream that is live: same-key lets one with the same stream key take over and refuses others; reject refuses it; takeover lets it in",
    }),
    keep: duration({
      default: "6s",
      shortest: "1s",
      longest: "10m",
      description: "how much of a stream stays in memory for slow viewers",
    }),
    maxBytes: size({
      default: "64MiB",
      minimum: 65_536,
      maximum: 2 ** 34,
      description: "how many bytes of a stream stay in memory at most",
    }),
    maxLag: duration({
      default: "4s",
      shortest: "100ms",
      description: "how far a slow viewer may fall behind before it skips to the newest keyframe",
    }),
    stall: duration({
      default: "20s",
      shortest: "1s",
      description: "how long a viewer may take nothing before it is disconnected",
    }),
  },
  closed,
);

/** The whole configuration: type, default, limit and meaning of every key. Unknown keys are refused. */
export const configSchema = Type.Object(
  {
    auth: Type.Enum(["key", "open"], {
      default: "key",
      description: "who may publish: key asks for a stream key, open lets everyone",
    }),
    streamKeys: Type.Array(Type.String({ minLength: 8, maxLength: 256, form: "a text of 8 to 256 characters" }), {
      maxItems: 1_000,
      default: [],
      description: "stream keys; each of them publishes any stream",
      secret: true,
    }),
    apps: Type.Record(Type.String({ pattern: `^${segment}(?:/${segment}){0,3}$` }), app, {
      ...closed,
      maxProperties: 10_000,
      default: { live: {} },
      form: "an app: up to four segments of letters, digits and . _ ~ - with / between them",
      description: "the apps (the part of a stream's address before its name) and how each treats its streams",
    }),
    rtmp: rtmp.config,
    httpFlv: httpFlv.config,
    http,
    tls,
    console: Type.Object(
      {
        password: Type.String({
          pattern: "^(?:scrypt:[0-9]{1,7}:[0-9]{1,2}:[0-9]{1,2}:[A-Za-z0-9_-]{16,128}:[A-Za-z0-9_-]{32,128})?$",
          form: "a password hash as `sluice password` makes it",
          default: "",
          description: "hash of the password for the API and the console; empty: nobody gets in",
          secret: true,
        }),
      },
      closed,
    ),
    log,
    limits,
    pacing,
  },
  closed,
);

/** What the server runs by; every key is there. */
export type Config = Static<typeof configSchema>;
