import type { IncomingMessage, ServerResponse } from "node:http";
import { checkPassword } from "../config/password.ts";
import { peerAddress } from "../core/admission.ts";
import type { Hub } from "../core/hub.ts";
import type { Log } from "../core/log.ts";
import type { Sessions } from "../core/sessions.ts";
import type { Stream } from "../core/stream.ts";
import { HttpError } from "./http-error.ts";
import type { PageRoute } from "./server.ts";

const root = "/api/v1/";
/** A wrong password costs this much, whoever asks, so that guessing is slow; a right one is remembered by its header. */
const wrongMs = 500;

/** The operator's view: streams and sessions, and the end of a session. Needs the console password (HTTP Basic, any user name). */
export function api(hub: Hub, sessions: Sessions, passwordHash: () => string, log: Log): PageRoute {
  const authorised = passwordGate(passwordHash);
  return async ({ path }, request, response) => {
    if (!path.startsWith(root)) return false;
    const { authorization } = request.headers;
    if (!(await authorised(authorization))) {
      const address = peerAddress(request.socket.remoteAddress);
      if (authorization !== undefined)
        log.warn({ protocol: "http", address, rule: "access/password" }, "operator refused");
      response.setHeader("www-authenticate", 'Basic realm="Sluice", charset="UTF-8"');
      throw new HttpError(401, "access/password", "the console password is needed (HTTP Basic, any user name)");
    }
    const [kind, id, ...more] = path.slice(root.length).split("/");
    if (more.length === 0 && answer(request, response, hub, sessions, kind, id)) return true;
    throw new HttpError(404, "http/not-found", `there is no ${request.method} ${path} in the API`);
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  hub: Hub,
  sessions: Sessions,
  kind: string | undefined,
  id: string | undefined,
): boolean {
  if (id === undefined && request.method === "GET" && kind === "streams") {
    return json(response, [...hub.streams].map(streamView));
  }
  if (id === undefined && request.method === "GET" && kind === "sessions") {
    return json(
      response,
      [...sessions.list()].map(({ id, protocol, role, stream, address, agent, openedAt, figures }) => {
        return { id, protocol, role, stream: stream.path, address, agent, openedAt, ...figures() };
      }),
    );
  }
  if (id !== undefined && request.method === "DELETE" && kind === "sessions") {
    const session = sessions.get(id);
    if (!session) throw new HttpError(404, "session/not-found", "there is no such session");
    session.close("ended by an operator");
    return json(response, { id, state: "closing" });
  }
  return false;
}

function streamView(stream: Stream): object {
  const { name, state, log, bytesIn, packetsIn } = stream;
  return {
    app: name.app,
    name: name.name,
    state,
    viewers: stream.viewers,
    tracks: stream.tracks.map(({ config: _config, ...track }) => track),
    bytesIn,
    packetsIn,
    bytesKept: log.bytes,
    seconds: log.headUs / 1e6,
  };
}

function json(response: ServerResponse, value: unknown): true {
  response.writeHead(200, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(JSON.stringify(value));
  return true;
}

function passwordGate(passwordHash: () => string): (authorization: string | undefined) => Promise<boolean> {
  let remembered: { header: string; hash: string } | undefined;
  let waiting: Promise<unknown> = Promise.resolve();
  return async (header) => {
    const hash = passwordHash();
    if (hash === "" || header === undefined || header.length > 512) return false;
    if (remembered?.header === header && remembered.hash === hash) return true;
    const [scheme, encoded = ""] = header.split(" ");
    if (scheme?.toLowerCase() !== "basic") return false;
    const password = Buffer.from(encoded, "base64")
      .toString("utf8")
      .replace(/^[^:]*:/, "");
    const checked = waiting.then(() => checkPassword(hash, password));
    waiting = checked.then((right) => right || new Promise((resolve) => setTimeout(resolve, wrongMs)));
    if (!(await checked)) {
      await waiting;
      return false;
    }
    remembered = { header, hash };
    return true;
  };
}
