import assert from "node:assert/strict";
import { type Amf, type AmfObject, decodeAmf0, encodeAmf0 } from "@sluice/media";
import { enhanced } from "../enhanced-bodies.ts";
import { until } from "../host.ts";
import { type Peer, peer, publisher } from "../peer.ts";
import { bodies, bytes } from "../wire-bytes.ts";
import { logged, type WireServer, wireCase } from "../wire-case.ts";

const { VSH, VI, VP, ASH, AF } = bodies;
const { HSH, HI, HP, VSH1, VI1, VP1, ASH1, AF1, OSH, OF } = enhanced;
const hex = (body: Uint8Array) => Buffer.from(body).toString("hex");
const videoOf = (viewer: Peer) => viewer.media(9).map(({ body }) => hex(body));
const audioOf = (viewer: Peer) => viewer.media(8).map(({ body }) => hex(body));
/** As HEVC goes to who takes it unwrapped: without a time that says nothing. */
const heard = {
  HI: bytes("93 68766331 000000092801ac760d9091d238"),
  HP: bytes("a3 68766331 000000090201d0097883b0a098"),
  VI1: Buffer.concat([bytes("96 03 61766331 01"), VI.subarray(5)]),
};

/** Plays on NetStream 1 as somebody who announced this when it connected. */
async function viewer({ rtmp }: WireServer, name: string, announced: AmfObject = {}): Promise<Peer> {
  const made = await (await peer(rtmp)).connect({ app: "live", tcUrl: "rtmp://127.0.0.1/live", ...announced });
  await made.call("createStream");
  made.tell(1, "play", name);
  await until(() => made.codes.some((code) => /^Play\.(Start|Failed)$/.test(code)), "play is answered");
  return made;
}

/** HEVC and AAC, and behind them what else is given, at the same times. */
async function source({ rtmp }: WireServer, name = "cam", ...more: [8 | 9, Buffer][]): Promise<Peer> {
  const made = await publisher(rtmp, name, [HSH, ASH, ...more.filter(([type]) => type === 9).map(([, body]) => body)]);
  made.send(1, ...more.filter(([type]) => type === 8).map(([type, body]) => [type, 0, body] as const));
  await made.settled();
  return made;
}

/** One group of HEVC with H.264 as track 1, two tracks of AAC. */
async function multitrack(server: WireServer, name = "cam"): Promise<Peer> {
  const made = await source(server, name, [9, VSH1], [8, ASH1]);
  made.send(1, [9, 0, HI], [9, 0, VI1], [8, 0, AF], [8, 0, AF1], [9, 40, HP], [9, 40, VP1], [8, 40, AF], [8, 40, AF1]);
  await made.settled();
  return made;
}

wireCase("ER-5 who announces nothing gets the default tracks alone, unwrapped, as it always did", async (server) => {
  await multitrack(server);
  const legacy = await viewer(server, "cam");
  await until(() => legacy.media(8).length === 3 && legacy.media(9).length === 3, "everything has arrived");
  assert.deepEqual(videoOf(legacy), [HSH, heard.HI, heard.HP].map(hex));
  assert.deepEqual(audioOf(legacy), [ASH, AF, AF].map(hex));
});

const lacking: AmfObject[] = [
  { fourCcList: ["av01", "vp09"] },
  { fourCcList: [] },
  { videoFourCcInfoMap: { av01: 1, hvc1: 2 } },
  { videoFourCcInfoMap: {}, capsEx: 1 },
];
for (const announced of lacking) {
  wireCase(
    `EC-3 of a stream in HEVC with another track a player with ${JSON.stringify(announced)} gets that, as legacy H.264`,
    async (server) => {
      const source = await multitrack(server);
      source.send(1, [9, 80, HP], [9, 80, VP1]); // sound has its place when it is known which picture comes after it
      const old = await viewer(server, "cam", announced);
      await until(() => old.media(9).length >= 3 && old.media(8).length >= 3, "everything has arrived");
      assert.deepEqual(videoOf(old).slice(0, 3), [VSH, VI, VP].map(hex));
      assert.deepEqual(audioOf(old), [ASH, AF, AF].map(hex));
    },
  );
}

for (const announced of [
  { fourCcList: ["*"] },
  { fourCcList: ["hvc1"] },
  { videoFourCcInfoMap: { "*": 4 } },
  { capsEx: 0 },
]) {
  wireCase(
    `EC-3 a player with ${JSON.stringify(announced)} gets HEVC, and nothing of the second version`,
    async (server) => {
      await multitrack(server);
      const made = await viewer(server, "cam", announced as AmfObject);
      await until(() => made.media(8).length === 3 && made.media(9).length === 3, "everything has arrived");
      assert.deepEqual(videoOf(made), [HSH, heard.HI, heard.HP].map(hex));
      assert.deepEqual(audioOf(made), [ASH, AF, AF].map(hex));
    },
  );
}

wireCase(
  "EC-3 a player that can take nothing of it is told which codec is in the way, and what to do",
  async (server) => {
    const made = await source(server);
    made.send(1, [9, 0, HI], [8, 0, AF]);
    await made.settled();
    const refused = await viewer(server, "cam", { fourCcList: ["av01"] });
    const { level, code, description } = await refused.status(/Failed$/);
    assert.deepEqual([level, code], ["error", "NetStream.Play.Failed"]);
    assert.match(description, /^the stream is in HEVC, .* announce it in connect, .* H\.264/);
    await until(() => refused.closed, "the connection is closed");
    assert.equal((await logged(server.host, /refused/)).rule, "codec/unsupported");
    assert.deepEqual([videoOf(refused), audioOf(refused)], [[], []]);
  },
);

wireCase("EC-3 a player that waited for a stream it cannot take is told so when it comes", async (server) => {
  const waiting = await viewer(server, "later", { fourCcList: ["av01"] });
  const made = await source(server, "later");
  made.send(1, [9, 0, HI], [8, 0, AF]);
  assert.match((await waiting.status(/Play\.Failed$/)).description, /HEVC/);
  await until(() => waiting.closed, "the connection is closed");
  assert.deepEqual(videoOf(waiting), []);
});

wireCase("EC-3 who can take several tracks gets all, wrapped, and metadata that says what they are", async (server) => {
  const made = await source(server, "cam", [9, VSH1], [8, ASH1]);
  const said = { width: 64, title: "x", videoTrackIdInfoMap: { "1": { label: "small", width: 32 } } };
  made.send(1, [18, 0, encodeAmf0("@setDataFrame", "onMetaData", said)]);
  made.send(1, [9, 0, HI], [9, 0, VI1], [8, 0, AF], [8, 0, AF1]);
  await made.settled();
  const all = await viewer(server, "cam", { fourCcList: ["*"], capsEx: 2 });
  await until(() => all.media(9).length === 4 && all.media(8).length === 4, "everything has arrived");
  assert.deepEqual(videoOf(all).toSorted(), [HSH, VSH1, heard.HI, heard.VI1].map(hex).toSorted());
  assert.deepEqual(audioOf(all).toSorted(), [ASH, ASH1, AF, AF1].map(hex).toSorted());
  const [name, metadata] = decodeAmf0(all.media(18)[0]?.body ?? new Uint8Array()) as [string, { [key: string]: Amf }];
  assert.equal(name, "onMetaData");
  assert.deepEqual(JSON.parse(JSON.stringify(metadata)), {
    width: 64,
    height: 64,
    title: "x",
    videocodecid: 1752589105,
    audiocodecid: 10,
    audiosamplerate: 44100,
    framerate: 25,
    videoTrackIdInfoMap: { "1": { label: "small", width: 32, height: 64, framerate: 25, videocodecid: 1635148593 } },
    audioTrackIdInfoMap: { "1": { samplerate: 44100, channels: 2, audiocodecid: 1836069985 } },
  });
});

for (const query of ["tracks=one", "rendition=source", "max=2m", "adaptive=1"]) {
  wireCase(`EC-3 with ?${query} a player that could take several tracks gets one of each kind`, async (server) => {
    await multitrack(server);
    const one = await viewer(server, `cam?${query}`, { fourCcList: ["*"], capsEx: 2 });
    await until(() => one.media(8).length === 3 && one.media(9).length === 3, "everything has arrived");
    assert.deepEqual(videoOf(one), [HSH, heard.HI, heard.HP].map(hex));
    assert.deepEqual(audioOf(one), [ASH, AF, AF].map(hex));
  });
}

wireCase(
  "EC-3 an app without multitrack sends one track of each kind to whoever asks",
  async (server) => {
    await multitrack(server);
    const one = await viewer(server, "cam", { fourCcList: ["*"], capsEx: 2 });
    await until(() => one.media(8).length === 3 && one.media(9).length === 3, "everything has arrived");
    assert.deepEqual(videoOf(one), [HSH, heard.HI, heard.HP].map(hex));
  },
  { codecs: { multitrack: false } },
);

wireCase("EC-3 nanoseconds go to who announces that it reads them, and to nobody else", async (server) => {
  const made = await source(server);
  made.send(1, [9, 0, enhanced.HINano], [8, 0, AF]);
  await made.settled();
  for (const [capsEx, first] of [
    [12, "97"],
    [4, "9"],
    [8, "9"],
    [0, "9"],
  ] as const) {
    const each = await viewer(server, "cam", { fourCcList: ["*"], capsEx });
    await until(() => each.media(9).length === 2, "the keyframe has arrived");
    const frame = videoOf(each)[1] ?? "";
    assert.ok(capsEx === 12 ? frame.startsWith("97020c3500") : /^9[13]68766331/.test(frame), `${first}: ${frame}`);
    each.socket.destroy();
  }
});

wireCase("ER-15 who knows the first version alone gets no codec of the second", async (server) => {
  const made = await publisher(server.rtmp, "cam", [HSH]);
  made.send(1, [8, 0, OSH], [9, 0, HI], [8, 0, OF], [9, 40, HP]);
  await made.settled();
  const first = await viewer(server, "cam", { fourCcList: ["av01", "vp09", "hvc1"] });
  const silent = await viewer(server, "cam");
  await until(() => first.media(9).length === 3 && silent.media(8).length === 2, "everything has arrived");
  assert.deepEqual(audioOf(first), []);
  assert.deepEqual(videoOf(first), videoOf(silent));
  assert.deepEqual(audioOf(silent), [OSH, OF].map(hex));
});

wireCase("EC-3 of several sounds a player gets the first that it can take", async (server) => {
  const made = await publisher(server.rtmp, "cam", [VSH]);
  made.send(1, [8, 0, OSH], [8, 0, ASH1], [9, 0, VI], [8, 0, OF], [8, 0, AF1], [9, 40, VP], [8, 40, OF], [8, 40, AF1]);
  await made.settled();
  const wanted = [
    [{ fourCcList: ["hvc1"] }, [ASH, AF, AF]],
    [{ audioFourCcInfoMap: { Opus: 1 } }, [OSH, OF, OF]],
    [{}, [OSH, OF, OF]],
  ] as const;
  for (const [announced, heardOf] of wanted) {
    const each = await viewer(server, "cam", announced as AmfObject);
    await until(() => each.media(8).length === 3 && each.media(9).length === 3, "everything has arrived");
    assert.deepEqual(audioOf(each), heardOf.map(hex));
    each.socket.destroy();
  }
});

wireCase("?hevc=legacy has HEVC by the number that it had before there was one for it", async (server) => {
  const made = await source(server);
  made.send(1, [9, 0, HI], [8, 0, AF]);
  await made.settled();
  for (const announced of [{}, { fourCcList: ["av01"] }]) {
    const old = await viewer(server, "cam?hevc=legacy", announced as AmfObject);
    await until(() => old.media(9).length === 2, "the keyframe has arrived");
    assert.deepEqual(
      videoOf(old).map((body) => body.slice(0, 10)),
      ["1c00000000", "1c01000000"],
    );
    old.socket.destroy();
  }
});

wireCase(
  "what the app does not send goes to nobody, whatever it announces",
  async (server) => {
    await multitrack(server);
    for (const announced of [{}, { fourCcList: ["*"] }]) {
      const made = await viewer(server, "cam", announced as AmfObject);
      await until(() => made.media(9).length >= 3, "everything has arrived");
      assert.deepEqual(videoOf(made), [VSH, VI, VP].map(hex));
      made.socket.destroy();
    }
  },
  { codecs: { out: { video: new Set(["h264"]), audio: new Set(["aac"]) } } },
);
