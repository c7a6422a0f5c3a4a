import type { Access } from "../core/access.ts";
import type { Log } from "../core/log.ts";
import { HttpError } from "./http-error.ts";
import type { MediaRequest } from "./routes.ts";

/** Asks whether the viewer may see the stream; throws an `HttpError` when not. Every protocol over HTTP asks here before it looks whether the stream is there. */
export async function grantPlay(
  { access, log }: { readonly access: Access; readonly log: Log },
  { stream, query, address }: MediaRequest,
  protocol: string,
): Promise<void> {
  const decision = await access.decide({ action: "play", stream, protocol, address, query });
  if (decision.allowed) return;
  log.warn({ protocol, address, stream: stream.path, rule: decision.rule }, "viewer refused");
  throw new HttpError(403, "access/denied", decision.reason);
}
