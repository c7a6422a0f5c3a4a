/** Another server's address in its parts, as its connect and publish commands name them. */
export type RelayAddress = {
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly app: string;
  readonly tcUrl: string;
  /** The stream there, with its query: a key, most often. */
  readonly name: string;
};

/** The port that is meant where none is written, and that servers do not want to see in a tcUrl (of RTMPS it is HTTPS's, as with other clients). */
const usualPort = { rtmp: 1935, rtmps: 443 } as const;
const form = /^(rtmps?):\/\/([^/?#\s]+)(\/[^?#\s]*)?(\?[^#\s]*)?$/i;
const maxLength = 2048;

/**
 * Takes an address apart. Without a `key` its last segment is the stream's name, and so is the query behind that; with one everything is the app, a query too (`/live2?backup=1`). A sentence when it is no
 * such address.
 */
export function relayAddress(address: string, key?: string): RelayAddress | string {
  const [, scheme = "", authority = "", path = "", query = ""] = form.exec(address.slice(0, maxLength)) ?? [];
  if (scheme === "") return "the address is not of the form rtmp://host/app/name";
  const server = serverOf(authority);
  if (typeof server === "string") return server;
  const { app, name } = key === undefined ? splitPath(path, query) : { app: `${path.slice(1)}${query}`, name: key };
  if (app === "" || name === "") return "the address names no app, or no stream";
  const kind = scheme.toLowerCase() === "rtmps" ? "rtmps" : "rtmp";
  const port = server.port ?? usualPort[kind];
  const shownPort = port === usualPort[kind] ? "" : `:${port}`;
  return {
    secure: kind === "rtmps",
    host: server.hostname.replace(/^\[|\]$/g, ""),
    port,
    app,
    tcUrl: `${kind}://${server.hostname}${shownPort}/${app}`,
    name,
  };
}

/** Text of the other server without what is secret of the address: servers like to repeat the key that they do not know. */
export function withoutSecrets(text: string, { app, name }: RelayAddress): string {
  const pieces = [name, ...name.split(/[?&=]/), ...app.split("?").slice(1)].filter((each) => each.length >= minSecret);
  const hidden = pieces.sort((a, b) => b.length - a.length).reduce((left, piece) => left.replaceAll(piece, "…"), text);
  return hidden.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, " ").slice(0, maxText);
}

const minSecret = 4;
const maxText = 200;

/** Read as an HTTP address, because only of those a host has one form: 2130706433 is 127.0.0.1. Port 80 is HTTP's own, which the parser leaves out. */
function serverOf(authority: string): { readonly hostname: string; readonly port: number | undefined } | string {
  if (authority.includes("@")) return "the address has a user or a password in it; put the key behind the app";
  const parsed = URL.parse(`http://${authority}/`);
  if (!parsed || parsed.hostname === "") return "the address names no host";
  const port = /:(\d+)$/.exec(authority)?.[1];
  return { hostname: parsed.hostname, port: port === undefined ? undefined : Number(port) };
}

function splitPath(path: string, query: string): { readonly app: string; readonly name: string } {
  const trimmed = path.replace(/^\/+/, "").replace(/\/+$/, "");
  const at = trimmed.lastIndexOf("/");
  return at < 0 ? { app: "", name: "" } : { app: trimmed.slice(0, at), name: trimmed.slice(at + 1) + query };
}
