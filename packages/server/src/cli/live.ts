import { type Health, type Operations, requestFor, type Stream } from "@sluice/api";
import { withApi, withStream } from "./api-client.ts";
import { exits } from "./exits.ts";
import { whole } from "./lists.ts";
import { say } from "./output.ts";
import { serverEvents } from "./server-events.ts";
import { table, wantsJson } from "./table.ts";
import { bitrateText, bytesText, durationText } from "./units.ts";

/** What a listing may be limited to; the API knows the names. */
export type StreamChoice = Operations["GET /streams"]["query"];
export type SessionChoice = Operations["GET /sessions"]["query"];

/** `sluice streams`. */
export function listStreams(file: string, choice: StreamChoice): Promise<number> {
  return withApi(file, async (api) => {
    const streams = await whole((piece) => api("GET /streams", { query: { ...choice, ...piece } }), "streams");
    if (wantsJson()) return say(table(streams, []));
    const rows = streams.map(({ health, ...stream }) => {
      const { bitrate, frameRate, warnings } = health ?? {};
      return { ...stream, bitrate, frameRate, warnings: warnings?.length };
    });
    say(table(rows, ["path", "state", "viewers", "bitrate", "frameRate", "bytesIn", "seconds", "warnings"]));
  });
}

/** `sluice sessions`. */
export function listSessions(file: string, choice: SessionChoice): Promise<number> {
  return withApi(file, async (api) => {
    const sessions = await whole((piece) => api("GET /sessions", { query: { ...choice, ...piece } }), "sessions");
    say(table(sessions, ["id", "role", "protocol", "stream", "address", "bytes", "rendition", "openedAt", "grant"]));
  });
}

/** `sluice stream show`: what it carries, how its publisher does, and its qualities. */
export function showStream(file: string, path: string): Promise<number> {
  return withApi(file, async (api) => {
    const stream = await api("GET /streams/{stream}", { path: { stream: path } });
    if (wantsJson()) return say(JSON.stringify(stream, undefined, 2));
    const { health, tracks, ladder } = stream;
    say(
      ...facts(stream),
      "",
      table(tracks, ["kind", "codec", "codecString", "width", "height", "frameRate", "sampleRate", "channels"]),
    );
    const rungs = (ladder?.rungs ?? []).map((rung) => ({ ...rung, "measured bitrate": rung.measured }));
    if (rungs.length > 0)
      say("", table(rungs, ["name", "width", "height", "codec", "bitrate", "measured bitrate", "live", "viewers"]));
    const warnings = health?.warnings ?? [];
    say(
      "",
      ...(warnings.length === 0 ? ["No warnings."] : warnings.map(({ code, text }) => `Warning (${code}): ${text}`)),
    );
  });
}

function facts(stream: Stream): string[] {
  const { health = {} as Partial<Health> } = stream;
  const ms = (value: number | undefined) => (value === undefined ? undefined : `${Math.round(value)} ms`);
  const found: readonly (readonly [string, string | undefined])[] = [
    ["Stream", stream.path],
    ["State", stream.state],
    ["Viewers", String(stream.viewers)],
    ["Received", `${bytesText(stream.bytesIn)} in ${durationText(stream.seconds)}`],
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
    await api("DELETE /streams/{stream}", { path: { stream: path } });
    say(`stream ${path} ends`);
  });
}

/** `sluice node`: how the server does. */
export function showNode(file: string): Promise<number> {
  return withApi(file, async (api) => {
    const node = await api("GET /node");
    if (wantsJson()) return say(JSON.stringify(node, undefined, 2));
    const { version, platform, startedAt, cpu, memory, eventLoop, sockets, streams, publishers, viewers, ports } = node;
    const lines: readonly (readonly [string, string])[] = [
      ["Sluice", `${version}, Node ${node.node}, ${platform}`],
      ["Up for", durationText((Date.now() - startedAt) / 1000)],
      ["Processor", `${Math.round(cpu * 100)} % of a core`],
      ["Memory", bytesText(memory.rss)],
      ["Event loop", `${Math.round(eventLoop.utilization * 100)} % busy, late by ${eventLoop.p99Ms} ms (p99)`],
      ["Streams", `${streams}, ${publishers} publishers, ${viewers} viewers, ${sockets} sockets`],
      [
        "Ports",
        Object.entries(ports)
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
      const request = requestFor("GET /events", {
        query: { kinds, since: last === undefined ? undefined : Number(last) },
      });
      // The server ends a long answer from time to time; what is missed meanwhile comes with the next.
      for await (const { id, kind, data } of serverEvents(await open(request), signal)) {
        last = id;
        say(wantsJson() ? data : eventLine(kind, data));
      }
    }
  }).then((code) => (signal.aborted ? exits.done : code));
}

function eventLine(kind: string, data: string): string {
  const { at, kind: _, ...fields } = JSON.parse(data) as Readonly<Record<string, unknown>>;
  const told = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [new Date(Number(at)).toISOString(), kind, ...told].join("  ");
}
