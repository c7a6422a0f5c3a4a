/** Where and under which name somebody publishes. `key`: empty where none is known. */
export type Publishing = {
  readonly host: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly app: string;
  readonly name: string;
  readonly key: string;
};

/** What encoders are given, each in the form that it asks for. */
export type PublishAddresses = {
  readonly server: string;
  readonly streamKey: string;
  readonly url: string;
  readonly ffmpeg: string;
  /** A phone with Larix Broadcaster that sees this has a connection that is ready. */
  readonly larix: string;
};

export function publishAddresses({ host, ports, app, name, key }: Publishing): PublishAddresses {
  const port = ports["rtmp.port"] ?? 1935;
  const server = `rtmp://${host}${port === 1935 ? "" : `:${port}`}/${app}`;
  const streamKey = key === "" ? name : `${name}?key=${encodeURIComponent(key)}`;
  const url = `${server}/${streamKey}`;
  return {
    server,
    streamKey,
    url,
    ffmpeg: `ffmpeg -re -i video.mp4 -c copy -f flv "${url}"`,
    larix: larixLink(url, `Sluice ${app}/${name}`),
  };
}

/** Larix Grove, version 1. What is not said is as in a connection made by hand: picture and sound, and in use. Larix on iOS takes a plus sign for one, so spaces are written as %20. */
function larixLink(url: string, name: string): string {
  const said = { url, name, overwrite: "on" };
  const connection = Object.entries(said).map(([key, value]) => `conn[][${key}]=${encodeURIComponent(value)}`);
  return `larix://set/v1?${connection.join("&")}`;
}

/** Whether a phone would look for this host in itself. */
export function isOnlyHere(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\./.test(host);
}
