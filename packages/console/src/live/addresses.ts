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
  const connection = new URLSearchParams([
    ["conn[][url]", url],
    ["conn[][name]", `Sluice ${app}/${name}`],
    ["conn[][mode]", "av"],
    ["conn[][overwrite]", "on"],
  ]);
  return {
    server,
    streamKey,
    url,
    ffmpeg: `ffmpeg -re -i video.mp4 -c copy -f flv "${url}"`,
    larix: `larix://set/v1?${connection}`,
  };
}

/** Whether a phone would look for this host in itself. */
export function isOnlyHere(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\./.test(host);
}
