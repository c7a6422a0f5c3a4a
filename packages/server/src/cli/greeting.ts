import type { FirstStart } from "../config/first-start.ts";
import type { Config } from "../config/schema.ts";

export type Greeting = {
  readonly config: Config;
  /** Where the server listens, by configuration key. */
  readonly ports: Readonly<Record<string, number>>;
  readonly file: string;
  readonly first: FirstStart | undefined;
  readonly readyMs: number;
};

/** What the person who started the server wants to know: where to publish and where to watch; the new secrets, once, when they were just made. */
export function greeting({ config, ports, file, first, readyMs }: Greeting): string[] {
  const [app = "live"] = Object.keys(config.apps);
  const shownKey = first && config.streamKeys.includes(first.streamKey) ? first.streamKey : undefined;
  const lines = first
    ? [`A new configuration was written to ${file}. Its key and password are shown only now:`, ""]
    : [];

  const server = publishServer(config, ports);
  if (server !== undefined) {
    const url = `${server}/${app}`;
    if (config.auth === "open") lines.push(`Publish   ${url}/test`);
    else if (shownKey === undefined) lines.push(`Publish   ${url}/test?key=…   (key: in ${file})`);
    else
      lines.push(
        `Publish   ${url}/test?key=${shownKey}`,
        `  in OBS  Server      ${url}`,
        `          Stream Key  test?key=${shownKey}`,
      );
  }
  const page = `http://${hostOf(config.http.host)}:${ports["http.port"] ?? config.http.port}`;
  lines.push(`Watch     ${page}/${app}/test`);
  if (first) lines.push(`Console   ${page}/   any user name, password ${first.password}`, "");
  return [...lines, `Sluice is ready in ${Math.round(readyMs)} ms`];
}

function publishServer({ rtmp }: Config, ports: Greeting["ports"]): string | undefined {
  const host = hostOf(rtmp.host);
  const [plain, secure] = [ports["rtmp.port"], ports["rtmp.securePort"]];
  if (plain !== undefined) return plain === 1935 ? `rtmp://${host}` : `rtmp://${host}:${plain}`;
  return secure === undefined ? undefined : `rtmps://${host}:${secure}`;
}

function hostOf(host: string): string {
  if (host === "::" || host === "0.0.0.0") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
