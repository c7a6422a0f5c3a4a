import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Access, Grant } from "../../core/access.ts";
import { peerAddress } from "../../core/admission.ts";
import type { Log } from "../../core/log.ts";
import type { Sessions } from "../../core/sessions.ts";
import { type StreamName, streamName } from "../../core/stream-name.ts";
import { readBody } from "../../http/api-body.ts";
import type { PageRoute } from "../../http/server.ts";
import { type ConfigurationAnswer, configurationAnswer, type Endpoint, refusal } from "./answer.ts";
import { type ConfigurationRequest, requestShape } from "./request.ts";
import type { TrackPolicy } from "./tracks.ts";

/** What an app tells encoders. */
export type AppConfiguration = TrackPolicy & {
  readonly keyframeSeconds: number;
  /** Where they are to publish, without the app; none for where they asked. */
  readonly addresses: readonly string[];
};

export type ConfigurationParts = {
  /** Undefined for an app that is not there, or does not tell. */
  readonly app: (app: string) => AppConfiguration | undefined;
  readonly access: Pick<Access, "decide">;
  readonly sessions: Pick<Sessions, "refused">;
  readonly log: Log;
  /** Where RTMP and RTMPS are listened for; undefined where they are not. */
  readonly ports: () => { readonly plain: number | undefined; readonly secure: number | undefined };
};

const suffix = "/GetClientConfiguration";
const maxQuery = 64;
const keyMask = "{stream_key}";

/** `POST /APP/GetClientConfiguration`: OBS asks what to send ("Enhanced Broadcasting"), and shows the stream key that it will publish with. */
export function configurationPage(parts: ConfigurationParts): PageRoute {
  return async ({ path }, request, response) => {
    if (request.method !== "POST" || !path.endsWith(suffix)) return false;
    const body = (await readBody(request, requestShape)) as ConfigurationRequest;
    send(response, await answer(parts, path.slice(1, -suffix.length), body, request));
    return true;
  };
}

async function answer(
  parts: ConfigurationParts,
  app: string,
  body: ConfigurationRequest,
  request: IncomingMessage,
): Promise<ConfigurationAnswer> {
  const [name = "", ...rest] = body.authentication.split("?");
  // As when it publishes: of what comes twice the first counts, which in a map has to come last.
  const query = new Map([...new URLSearchParams(rest.join("&"))].slice(0, maxQuery).reverse());
  const stream = streamName(app, name);
  if (!stream) return refusal(body, "The stream key has to begin with the stream's name: NAME?key=KEY.");
  const granted = await decide(parts, stream, query, request);
  if (typeof granted === "string") return refusal(body, granted);
  const found = parts.app((granted.stream ?? stream).app);
  if (!found) return refusal(body, `The server does not tell encoders what to send to ${stream.app}.`);
  const configId = randomBytes(8).toString("hex");
  const made = configurationAnswer(body, {
    policy: { ...found, maxKbps: Math.min(found.maxKbps, (granted.bitrate ?? Number.POSITIVE_INFINITY) / 1000) },
    endpoints: endpoints(parts, found, { app: stream.app, key: body.authentication, request }),
    keyframeSeconds: found.keyframeSeconds,
    configId,
  });
  const { result, html_en_us: reason } = made.status;
  const tracks = made.encoder_configurations.length;
  const client = `${body.client?.name ?? ""} ${body.client?.version ?? ""}`.trim().replaceAll(/[^\x20-\x7e]/g, "?");
  parts.log.info(
    { stream: stream.path, result, reason, tracks, config: configId, client },
    "an encoder asked what to send",
  );
  return made;
}

/** The right to publish, or why there is none: as publishing would say it, and with the same limits on how often. */
async function decide(
  { access, sessions, log }: ConfigurationParts,
  stream: StreamName,
  query: ReadonlyMap<string, string>,
  { socket, headers }: IncomingMessage,
): Promise<Grant | string> {
  const address = peerAddress(socket.remoteAddress);
  const agent = headers["user-agent"];
  const said = new Map(agent === undefined ? [] : [["user-agent", agent]]);
  try {
    const decision = await access.decide({
      action: "publish",
      stream,
      protocol: "rtmp",
      address,
      query,
      headers: said,
    });
    if (decision.allowed) return decision;
    sessions.refused({ role: "publisher", protocol: "rtmp", address, stream: stream.path, rule: decision.rule });
    return `The server says: ${decision.reason}.`;
  } catch (error) {
    log.error({ error: String(error) }, "the access check failed");
    return "The server could not check this request.";
  }
}

type Asked = { readonly app: string; readonly key: string; readonly request: IncomingMessage };

/** The first is what OBS takes: encrypted, where it asked over an encrypted connection. */
function endpoints(
  parts: ConfigurationParts,
  { addresses }: AppConfiguration,
  { app, key, request }: Asked,
): Endpoint[] {
  const { plain, secure } = parts.ports();
  const host = hostOf(request);
  const own = [
    ...(plain === undefined ? [] : [`rtmp://${host}:${plain}`]),
    ...(secure === undefined ? [] : [`rtmps://${host}:${secure}`]),
  ];
  const wanted = addresses.length > 0 ? addresses : "encrypted" in request.socket ? own.reverse() : own;
  return wanted.map((address) => ({
    protocol: address.startsWith("rtmps:") ? "RTMPS" : "RTMP",
    url_template: `${address}/${app}/${keyMask}`,
    authentication: key,
  }));
}

/** The host under which the client has reached this server. */
function hostOf({ headers, socket }: IncomingMessage): string {
  const named = headers[":authority"] ?? headers.host;
  const hostname = typeof named === "string" ? URL.parse(`http://${named}`)?.hostname : undefined;
  if (hostname) return hostname;
  const local = peerAddress(socket.localAddress);
  return local.includes(":") ? `[${local}]` : local;
}

function send(response: ServerResponse, made: ConfigurationAnswer): void {
  const body = JSON.stringify(made);
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}
