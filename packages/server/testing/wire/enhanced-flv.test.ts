import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { FlvReader, type FlvTag } from "@sluice/media";
import { WebSocket } from "ws";
import { enhanced } from "../enhanced-bodies.ts";
import { until } from "../host.ts";
import { publisher } from "../peer.ts";
import { bodies } from "../wire-bytes.ts";
import { type WireServer, wireCase } from "../wire-case.ts";

const { VSH, VI, VP, ASH, AF } = bodies;
const { HSH, HI, HP, HColours, VSH1, VI1, VP1, ASH1, AF1, VP9SH, VP9I, OSH, OF } = enhanced;
const hex = (body: Uint8Array) => Buffer.from(body).toString("hex");
const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const program = "Lavf/62.3.100";

type Viewer = { readonly tags: FlvTag[]; readonly bytes: () => Buffer; readonly response: IncomingMessage };

async function watch({ http: port }: WireServer, path: string, agent: string): Promise<Viewer> {
  const request = get({
    port,
    host: "127.0.0.1",
    path: `/live/${path}`,
    agent: false,
    headers: { "user-agent": agent },
  });
  request.on("error", () => {});
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.on("error", () => {});
  const pieces: Buffer[] = [];
  const tags: FlvTag[] = [];
  const reader = new FlvReader((tag) => void tags.push({ ...tag, body: tag.body.slice() }));
  response.on("data", (piece: Buffer) => {
    pieces.push(piece);
    if (response.statusCode === 200) reader.push(piece);
  });
  return { tags, bytes: () => Buffer.concat(pieces), response };
}

const of = ({ tags }: Viewer, type: number) => tags.filter((tag) => tag.type === type).map(({ body }) => hex(body));

/** A group of HEVC with colours and Opus; H.264 and AAC as tracks 1. */
async function onAir({ rtmp }: WireServer): Promise<void> {
  const source = await publisher(rtmp, "cam", [HSH, VSH1]);
  source.send(1, [8, 0, OSH], [8, 0, ASH1], [9, 0, HI], [9, 0, VI1], [8, 0, OF], [8, 0, AF1]);
  source.send(1, [9, 20, HColours], [9, 40, HP], [9, 40, VP1], [8, 40, OF], [8, 40, AF1]);
  await source.settled();
}

wireCase(
  "ER-7 a browser gets nothing that its players do not know: one track of each kind, without colours",
  async (server) => {
    await onAir(server);
    const viewer = await watch(server, "cam.flv", browser);
    await until(() => of(viewer, 9).length === 3 && of(viewer, 8).length === 3, "everything has arrived");
    assert.ok(
      of(viewer, 9).every((body) => /^[9a][013]68766331/.test(body)),
      of(viewer, 9).join(),
    );
    assert.deepEqual(of(viewer, 8), [OSH, OF, OF].map(hex));
    const page = new WebSocket(`ws://127.0.0.1:${server.http}/live/cam.flv`);
    const tags: FlvTag[] = [];
    const reader = new FlvReader((tag) => void tags.push(tag));
    page.on("message", (data: Buffer) => reader.push(data));
    await until(() => tags.filter(({ type }) => type === 9).length === 3, "everything has arrived");
    assert.ok(tags.every(({ type, body }) => type !== 9 || /^[9a][013]/.test(hex(body))));
    page.terminate();
  },
);

wireCase("ER-6 a program gets colours as a command frame, and one track of each kind too", async (server) => {
  await onAir(server);
  const viewer = await watch(server, "cam.flv", program);
  await until(() => of(viewer, 9).length >= 4, "everything has arrived");
  assert.ok(of(viewer, 9).some((body) => body.startsWith("d468766331")));
  assert.ok(
    of(viewer, 9).every((body) => /^(?:[9a][013]|d4)68766331/.test(body)),
    of(viewer, 9).join(),
  );
});

wireCase("?tracks=all has all tracks, wrapped, with metadata; ?modex=1 alone does not", async (server) => {
  await onAir(server);
  const all = await watch(server, "cam.flv?tracks=all", browser);
  await until(() => of(all, 8).length === 6, "everything has arrived");
  assert.deepEqual(of(all, 8).toSorted(), [OSH, OF, OF, ASH1, AF1, AF1].map(hex).toSorted());
  assert.ok(of(all, 9).some((body) => body === hex(VSH1)));
  assert.match(Buffer.from(all.tags[0]?.body ?? []).toString("latin1"), /onMetaData[\s\S]*videoTrackIdInfoMap/);
  const exact = await watch(server, "cam.flv?modex=1", browser);
  await until(() => of(exact, 8).length === 3, "everything has arrived");
  assert.ok(of(exact, 9).every((body) => !body.startsWith("96")));
});

wireCase("?hevc=legacy has HEVC by its unofficial number, for players older than the FourCC", async (server) => {
  await onAir(server);
  for (const agent of [browser, program]) {
    const viewer = await watch(server, "cam.flv?hevc=legacy", agent);
    await until(() => of(viewer, 9).length === 3, "everything has arrived");
    assert.deepEqual(
      of(viewer, 9).map((body) => body.slice(0, 4)),
      ["1c00", "1c01", "2c01"],
    );
  }
});

wireCase(
  "ER-7 a codec that no player in a browser reads is refused in words, unless there is another track",
  async (server) => {
    const source = await publisher(server.rtmp, "vp9", [VP9SH]);
    source.send(1, [8, 0, ASH], [9, 0, VP9I], [8, 0, AF]);
    await source.settled();
    const refused = await watch(server, "vp9.flv", browser);
    await once(refused.response, "end");
    const { code, detail } = JSON.parse(refused.bytes().toString());
    assert.deepEqual([refused.response.statusCode, code], [415, "flv/codec"]);
    assert.match(detail, /^the stream is in VP9, .*HLS.*H\.264/);
    const page = new WebSocket(`ws://127.0.0.1:${server.http}/live/vp9.flv`);
    page.on("error", () => {});
    const [, response] = await once(page, "unexpected-response");
    assert.equal(response.statusCode, 415);
    assert.equal((await watch(server, "vp9.flv?has_video=0", browser)).response.statusCode, 200);
    const viewer = await watch(server, "vp9.flv", program);
    await until(() => of(viewer, 9).length === 2, "a program gets it");

    source.send(1, [9, 40, VSH1], [9, 40, VP9I], [9, 40, VI1], [9, 80, VP9I], [9, 80, VP1], [8, 80, AF]);
    await source.settled();
    const other = await watch(server, "vp9.flv", browser);
    await until(() => of(other, 9).length >= 3, "the other track has arrived");
    assert.deepEqual(of(other, 9).slice(0, 3), [VSH, VI, VP].map(hex));
  },
);

wireCase("the header says what comes: sound that a browser cannot read is none", async (server) => {
  const source = await publisher(server.rtmp, "ac3", [VSH]);
  const frame = Buffer.from("91 61632d33 0b77".replaceAll(" ", ""), "hex");
  source.send(1, [9, 0, VI], [8, 0, Buffer.from("9061632d33", "hex")], [8, 0, frame], [9, 40, VP]);
  await source.settled();
  source.send(1, [9, 1_200, VP], [9, 1_240, VI]);
  await source.settled();
  const viewer = await watch(server, "ac3.flv", browser);
  const feeding = setInterval(() => source.send(1, [9, 1_300, VP]), 200);
  await until(() => of(viewer, 9).length >= 2, "the picture has arrived").finally(() => clearInterval(feeding));
  assert.equal(viewer.bytes()[4], 1);
  assert.deepEqual(of(viewer, 8), []);
});
