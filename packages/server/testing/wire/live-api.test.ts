import assert from "node:assert/strict";
import { get } from "node:http";
import test, { type TestContext } from "node:test";
import { Value } from "typebox/value";
import { streamName } from "../../src/core/stream-name.ts";
import { sessionShape } from "../../src/services/live/session-text.ts";
import { streamShape } from "../../src/services/live/views.ts";
import { until } from "../host.ts";
import { both, encoded, publishLive } from "../live.ts";
import { type Operated, operated } from "../operator.ts";

type Row = Record<string, unknown>;
type Shown = { status: number; body: Row & Page };
type Page = { items: Row[]; next?: string };

const authorization = `Basic ${Buffer.from("me:a good password").toString("base64")}`;
const hash = "$argon2id$v=19$m=19456,t=2,p=1$mQTAE+0jttnpvOZIJb4rIQ$lfuIZNVqctcGM+weoAvuwEOls/wYofIFkO2fsYCpZDc";

async function ask(operator: Operated, path: string, method = "GET"): Promise<Shown> {
  return (await operator.call(method, path, { headers: { authorization } })) as unknown as Shown;
}

function sessionsOf({ host }: Operated, count: number): string[] {
  const stream = streamName("live", "cam");
  if (!stream) throw new Error("the test's own name is not allowed");
  const ended: string[] = [];
  for (let number = 0; number < count; number++) {
    host.sessions.open({
      grant: { allowed: true },
      protocol: number % 2 === 0 ? "rtmp" : "http-flv",
      role: number === 0 ? "publisher" : "viewer",
      stream,
      address: "127.0.0.1",
      figures: () => ({ bytes: number }),
      close: (reason) => ended.push(reason),
    });
  }
  return ended;
}

test("a stream shows what it carries, how its publisher does, and its qualities; in the shape that is described", async (t) => {
  const operator = await operated(t, hash);
  const { stream, append } = publishLive(operator.host);
  append(encoded(100, both));
  const { items } = (await ask(operator, "streams")).body;
  const [shown = {}] = items;
  assert.deepEqual(Value.Errors(streamShape, shown), []);
  assert.equal(shown.ladder, undefined, "one without is as it was");
  assert.equal((shown.health as Row).frameRate, 25);
  const plan = { name: "480p", width: 854, height: 480, bitrate: 1_200_000, codec: "h264" } as const;
  stream.ladder.plan([plan], { soundOnly: true });
  const { body } = await ask(operator, `streams/${stream.name.path}`);
  assert.deepEqual(Value.Errors(streamShape, body), []);
  assert.deepEqual((body.ladder as Row).rungs, [{ ...plan, measured: 0, live: false, viewers: 0 }]);
  assert.equal((await ask(operator, "streams/live/none")).status, 404);
});

test("a stream's viewers are counted by protocol and quality, and what those had who left is not forgotten", async (t) => {
  const operator = await operated(t, hash);
  const { stream } = publishLive(operator.host);
  const watch = (protocol: string, bytes: number, rendition?: string) =>
    operator.host.sessions.open({
      ...{ protocol, role: "viewer", stream: stream.name, address: "127.0.0.1", grant: { allowed: true } },
      figures: () => ({ bytes, skips: 1, ...(rendition === undefined ? {} : { rendition }) }),
      close() {},
    });
  const ends = [watch("rtmp", 100), watch("rtmp", 20), watch("hls", 3, "480p"), watch("hls", 4, "480p")];
  const whole = (await ask(operator, `audience?stream=${stream.name.path}`)).body;
  assert.deepEqual(whole.groups, [
    { protocol: "rtmp", viewers: 2 },
    { protocol: "hls", rendition: "480p", viewers: 2 },
  ]);
  stream.ladder.plan([{ name: "480p", width: 854, height: 480, bitrate: 1_200_000, codec: "h264" }], {
    soundOnly: false,
  });
  const { viewers, ladder } = (await ask(operator, `streams/${stream.name.path}`)).body;
  const [rung = {}] = (ladder as { rungs: Row[] }).rungs;
  assert.deepEqual([viewers, rung.viewers], [4, 2]);
  for (const end of ends) end("gone");
  const after = (await ask(operator, `audience?stream=${stream.name.path}`)).body;
  assert.deepEqual([after.bytes, after.skips], [127, 4]);
  assert.deepEqual(after, { ...whole, groups: [] });
  assert.equal((await ask(operator, "audience?stream=live/none")).status, 404);
});

test("a stream is ended by its name", async (t) => {
  const operator = await operated(t, hash);
  const { stream } = publishLive(operator.host);
  assert.equal((await ask(operator, `streams/${stream.name.path}`, "DELETE")).status, 200);
  assert.equal(stream.state, "ended");
  assert.equal((await ask(operator, `streams/${stream.name.path}`, "DELETE")).status, 404);
});

test("a long list comes in pieces, each session once, and can be narrowed down", async (t) => {
  const operator = await operated(t, hash);
  sessionsOf(operator, 250);
  const seen: string[] = [];
  for (let path = "sessions"; ; ) {
    const { items, next } = (await ask(operator, path)).body;
    for (const item of items) assert.deepEqual(Value.Errors(sessionShape, item), []);
    seen.push(...items.map(({ id }) => String(id)));
    if (next === undefined) break;
    assert.equal(items.length, 100);
    path = `sessions?after=${next}`;
  }
  assert.equal(seen.length, 250);
  assert.equal(new Set(seen).size, 250);
  const count = async (query: string) => (await ask(operator, `sessions?limit=10000&${query}`)).body.items.length;
  assert.equal(await count("role=publisher"), 1);
  assert.equal(await count("protocol=http-flv"), 125);
  assert.equal(await count("stream=live/other"), 0);
  for (const query of ["limit=0", "limit=x", "limit=10001", "role=nobody", "what=1"])
    assert.equal((await ask(operator, `sessions?${query}`)).status, 400, query);
});

/** Listens to events as a browser does. */
function listen(t: TestContext, { host }: Operated, path: string): { text(): string; ended(): boolean } {
  let [text, ended] = ["", false];
  const request = get(
    { host: "127.0.0.1", port: host.ports["http.port"], path: `/api/v1/${path}`, headers: { authorization } },
    (response) => {
      response.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      response.on("close", () => {
        ended = true;
      });
    },
  );
  request.on("error", () => {});
  t.after(() => request.destroy());
  return { text: () => text, ended: () => ended };
}

test("what happens is told as it happens, and what was missed to who comes back", async (t) => {
  const operator = await operated(t, hash);
  const all = listen(t, operator, "events");
  const streams = listen(t, operator, "events?kinds=stream");
  await until(() => all.text().includes("retry:") && streams.text().includes("retry:"), "both listen");
  const { stream } = publishLive(operator.host);
  sessionsOf(operator, 1);
  await until(() => all.text().includes("event: session-opened"), "the session is told of");
  assert.match(
    all.text(),
    /id: 1\nevent: stream\ndata: \{"at":\d+,"kind":"stream","stream":"live\/[^"]+","state":"live"\}\n\n/,
  );
  const back = listen(t, operator, "events?since=1");
  await until(() => back.text().includes("event: session-opened"), "what was missed is told");
  assert.ok(!back.text().includes("id: 1\n"));
  stream.end("over");
  await until(() => streams.text().includes('"state":"ended"'), "the end is told");
  assert.ok(!streams.text().includes("session"));
});
