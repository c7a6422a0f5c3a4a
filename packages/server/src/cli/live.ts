import { type Api, withApi, withStream } from "./api-client.ts";
import { exits } from "./exits.ts";
import { say } from "./output.ts";
import { serverEvents } from "./server-events.ts";
import { table, wantsJson } from "./table.ts";
import { bitrateText, bytesText, durationText } from "./units.ts";

type Row = Readonly<Record<string, unknown>>;

/** What a listing may be limited to; the API knows the names. */
export type Choice = Readonly<Record<string, string | undefined>>;

const pieceLength = 500;

/** `sluice streams`. */
export function listStreams(file: string, choice: Choice): Promise<number> {
  return withApi(file, async (api) => {
    const streams = await everything(api, "streams", choice);
    const rows = streams.map((stream) => {
      const { bitrate, frameRate, warnings } = (stream.health ?? {}) as Health;
      return wantsJson() ? stream : { ...stream, bitrate, frameRate, warnings: warnings?.length };
    });
    say(table(rows, ["path", "state", "viewers", "bitrate", "frameRate", "bytesIn", "seconds", "warnings"]));
  });
}

/** `sluice sessions`. */
export function listSessions(file: string, choice: Choice): Promise<number> {
  const columns = ["id", "role", "protocol", "stream", "address", "bytes", "rendition", "openedAt", "grant"];
  return withApi(file, async (api) => say(table(await everything(api, "sessions", choice), columns)));
}

type Health = {
  readonly bitrate?: number;
  readonly frameRate?: number;
  readonly keyframeMs?: number;
  readonly driftMs?: number;
  readonly jitterMs?: number;
  readonly pace?: number;
  readonly encoder?: string;
  readonly warnings?: readonly { readonly code: string; readonly text: string }[];
};
type Shown = Row & {
  readonly health?: Health;
  readonly tracks: readonly Row[];
  readonly ladder?: { readonly rungs: readonly Row[] };
};

/** `sluice stream show`: what it carries, how its publisher does, and its qualities. */
export function showStream(file: string, path: string): Promise<number> {
  return withApi(file, async (api) => {
    const stream = (await api("GET", `streams/${escaped(path)}`)) as Shown;
    if (wantsJson()) return say(JSON.stringify(stream, undefined, 2));
    const { health = {}, tracks, ladder } = stream;
    say(
      ...facts(stream, health),
      "",
      table(tracks, ["kind", "codec", "codecString", "width", "height", "frameRate", "sampleRate", "channels"]),
    );
    const rungs = (ladder?.rungs ?? []).map((rung) => ({ ...rung, "measured bitrate": rung.measured }));
    if (rungs.length > 0)
      say("", table(rungs, ["name", "width", "height", "codec", "bitrate", "measured bitrate", "live", "viewers"]));
    const warnings = health.warnings ?? [];
    say(
      "",
      ...(warnings.length === 0 ? ["No warnings."] : warnings.map(({ code, text }) => `Warning (${code}): ${text}`)),
    );
  });
}

function facts(stream: Row, health: Health): string[] {
  const ms = (value: number | undefined) => (value === undefined ? undefined : `${Math.round(value)} ms`);
  const found: readonly (readonly [string, string | undefined])[] = [
    ["Stream", String(stream.path)],
    ["State", String(stream.state)],
    ["Viewers", String(stream.viewers)],
    ["Received", `${bytesText(Number(stream.bytesIn))} in ${durationText(Number(stream.seconds))}`],
    ["Bitrate", health.bitrate === undefined ? undefined : bitrateText(health.bitrate)],
    ["Frame rate", health.frameRate?.toFixed(2)],
    ["Keyframes", health.keyframeMs === undefined ? undefined : `every ${ms(health.keyframeMs)}`],
    ["A/V drift", ms(health.driftMs)],
    ["Jitter", ms(health.jitterMs)],
    ["Pace", health.pace?.toFixed(2)],
    ["Encoder", health.encoder],
  ];
  return found.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(12)}${value}`]));
}

/** `sluice stream end`. */
export function endStream(file: string, path: string): Promise<number> {
  return withApi(file, async (api) => {
    await api("DELETE", `streams/${escaped(path)}`);
    say(`stream ${path} ends`);
  });
}

/** `sluice node`: how the server does. */
export function showNode(file: string): Promise<number> {
  return withApi(file, async (api) => {
    const node = (await api("GET", "node")) as Row & { memory: { rss: number }; eventLoop: Row; startedAt: number };
    if (wantsJson()) return say(JSON.stringify(node, undefined, 2));
    const { version, platform, startedAt, cpu, memory, eventLoop, sockets, streams, publishers, viewers, ports } = node;
    const lines: readonly (readonly [string, unknown])[] = [
      ["Sluice", `${version}, Node ${node.node}, ${platform}`],
      ["Up for", durationText((Date.now() - startedAt) / 1000)],
      ["Processor", `${Math.round(Number(cpu) * 100)} % of a core`],
      ["Memory", bytesText(memory.rss)],
      ["Event loop", `${Math.round(Number(eventLoop.utilization) * 100)} % busy, late by ${eventLoop.p99Ms} ms (p99)`],
      ["Streams", `${streams}, ${publishers} publishers, ${viewers} viewers, ${sockets} sockets`],
      [
        "Ports",
        Object.entries(ports as Row)
          .map(([key, port]) => `${key} ${port}`)
          .join(", "),
      ],
    ];
    say(...lines.map(([name, value]) => `${name.padEnd(12)}${value}`));
  });
}

/** `sluice events`: until it is interrupted, which is no failure. */
export function followEvents(file: string, kinds: string | undefined, signal: AbortSignal): Promise<number> {
  return withStream(file, signal, async (open) => {
    for (let last: string | undefined; !signal.aborted; ) {
      const query = new URLSearchParams({ ...(kinds ? { kinds } : {}), ...(last ? { since: last } : {}) });
      // The server ends a long answer from time to time; what is missed meanwhile comes with the next.
      for await (const { id, kind, data } of serverEvents(await open(`events?${query}`), signal)) {
        last = id;
        say(wantsJson() ? data : eventLine(kind, data));
      }
    }
  }).then((code) => (signal.aborted ? exits.done : code));
}

function eventLine(kind: string, data: string): string {
  const { at, kind: _, ...fields } = JSON.parse(data) as Row;
  const told = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [new Date(Number(at)).toISOString(), kind, ...told].join("  ");
}

/** A list, however long it is; who waits at a terminal sees how far it is. */
async function everything(api: Api, path: string, choice: Choice): Promise<readonly Row[]> {
  const found: Row[] = [];
  const wanted = Object.entries(choice).filter((each): each is [string, string] => each[1] !== undefined);
  for (let after: readonly [string, string][] = []; ; ) {
    const query = new URLSearchParams([["limit", String(pieceLength)], ...wanted, ...after]);
    const { items, next } = (await api("GET", `${path}?${query}`)) as { items: readonly Row[]; next?: string };
    found.push(...items);
    const isOver = next === undefined;
    if (!isOver || after.length > 0) showProgress(isOver ? "" : `${found.length} ${path}…`);
    if (isOver) return found;
    after = [["after", next]];
  }
}

/** Takes the place of what it said before. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function escaped(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
