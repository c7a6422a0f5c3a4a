import type { AmfObject } from "@sluice/media";
import { encodeCommand, text } from "./command.ts";
import type { Message } from "./message.ts";

/** Where a client is asked to go, and why. Without a `tcUrl` it is to come back to where it is. */
export type ReconnectRequest = {
  /** An address, or what differs of the client's own: `//host/app`, `/app`. */
  readonly tcUrl?: string;
  readonly description?: string;
};

/** What onStatus says to ask for it (Enhanced RTMP v2, Reconnect Request). */
const reconnectCode = "NetConnection.Connect.ReconnectRequest";

const longest = 4096;

/** The request as a message: to the connection, on stream 0, with no answer wanted. */
export function reconnectMessage({ tcUrl, description }: ReconnectRequest): Message {
  const information = {
    level: "status",
    code: reconnectCode,
    ...(tcUrl === undefined ? {} : { tcUrl }),
    ...(description === undefined ? {} : { description }),
  };
  return encodeCommand(0, "onStatus", 0, null, information);
}

/** What a server asks for with the information of an onStatus; undefined when that is about something else. */
export function reconnectAsked(information: AmfObject): ReconnectRequest | undefined {
  if (information.code !== reconnectCode) return undefined;
  const [tcUrl, description] = [text(information.tcUrl), text(information.description)];
  return {
    ...(tcUrl === undefined || tcUrl === "" ? {} : { tcUrl: tcUrl.slice(0, longest) }),
    ...(description === undefined ? {} : { description: description.slice(0, longest) }),
  };
}

/** The parts of an address, each with what sets it apart from the others. */
type Parts = { readonly scheme: string; readonly authority: string; readonly path: string; readonly query: string };

/** The address that a reference means, seen from `base` (RFC 3986, 5.2). A fragment means nothing to a server. */
export function resolveTcUrl(base: string, reference: string): string {
  const from = partsOf(base);
  const to = partsOf(reference);
  const whole =
    to.scheme !== "" ? to : to.authority !== "" ? { ...to, scheme: from.scheme } : { ...from, ...pathOf(from, to) };
  return `${whole.scheme}${whole.authority}${whole.path}${whole.query}`;
}

/**
 * The address that a client is told. One that names no more than a host keeps the rest of the client's own, so that one target does for the clients of
 * every app.
 */
export function tcUrlFor(target: string, own: string): string {
  const { scheme, authority, path, query } = partsOf(target);
  if (authority === "" || (path !== "" && path !== "/") || query !== "") return target;
  const kept = partsOf(own);
  return `${scheme}${authority}${kept.path}${kept.query}`;
}

function pathOf(from: Parts, to: Parts): Pick<Parts, "path" | "query"> {
  if (to.path === "") return { path: from.path, query: to.query === "" ? from.query : to.query };
  if (to.path.startsWith("/")) return { path: withoutDots(to.path), query: to.query };
  return { path: withoutDots(`${from.path.replace(/[^/]*$/, "") || "/"}${to.path}`), query: to.query };
}

/** RFC 3986, 5.2.4. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [index, segment] of segments.entries()) {
    const isDots = segment === "." || segment === "..";
    if (segment === "..") kept.pop();
    if (!isDots) kept.push(segment);
    else if (index === segments.length - 1) kept.push("");
  }
  return `/${kept.join("/")}`;
}

/** RFC 3986, appendix B. This package knows no platform's URL classes, and those treat `rtmp:` unlike `http:`. */
function partsOf(address: string): Parts {
  const [, scheme = "", authority = "", path = "", query = ""] =
    /^([A-Za-z][A-Za-z0-9+.-]*:)?(\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/.exec(address.slice(0, longest)) ?? [];
  return { scheme, authority, path, query };
}
