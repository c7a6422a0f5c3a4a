import type { IncomingHttpHeaders } from "node:http";
import type { Access, AccessRequest, Grant } from "../core/access.ts";
import { now } from "../core/clock.ts";
import type { Sessions } from "../core/sessions.ts";
import { HttpError } from "./http-error.ts";
import type { MediaRequest } from "./routes.ts";

/** Asks whether the viewer may see the stream; throws an `HttpError` when not. Every protocol over HTTP asks here before it looks whether the stream is there. */
export async function grantPlay(
  { access, sessions }: { readonly access: Access; readonly sessions: Sessions },
  { stream, query, address, request, beginning }: MediaRequest,
  protocol: string,
): Promise<Grant> {
  const decision = await access.decide({
    action: "play",
    stream,
    protocol,
    address,
    query,
    headers: said(request.headers),
    path: (request.url ?? "").replace(/[?#].*$/s, ""),
  });
  beginning.decidedAt = now();
  if (decision.allowed) return decision;
  sessions.refused({ role: "viewer", protocol, address, stream: stream.path, rule: decision.rule });
  throw new HttpError(403, "access/denied", decision.reason);
}

const told = ["authorization", "origin", "referer", "user-agent"] as const;

function said(headers: IncomingHttpHeaders): AccessRequest["headers"] {
  return new Map(
    told.flatMap((name) => {
      const text = headers[name];
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}
