import assert from "node:assert/strict";
import { type AmfObject, encodeAmf0 } from "@sluice/media";
import { allCodecs } from "../../src/core/codec-policy.ts";
import { enhanced } from "../enhanced-bodies.ts";
import { until } from "../host.ts";
import { type Peer, peer, publisher } from "../peer.ts";
import { bodies } from "../wire-bytes.ts";
import { logged, type WireServer, wireCase } from "../wire-case.ts";

const app = { app: "live", tcUrl: "rtmp://127.0.0.1/live" };
const keys = ["fourCcList", "videoFourCcInfoMap", "audioFourCcInfoMap", "capsEx"];
const everything = {
  fourCcList: ["avc1", "hvc1", "vvc1", "av01", "vp08", "vp09", "mp4a", "Opus", "fLaC", ".mp3", "ac-3", "ec-3"],
  videoFourCcInfoMap: { avc1: 4, hvc1: 4, vvc1: 4, av01: 4, vp08: 4, vp09: 4 },
  audioFourCcInfoMap: { mp4a: 4, Opus: 4, fLaC: 4, ".mp3": 4, "ac-3": 4, "ec-3": 4 },
  capsEx: 15,
};

/** What the answer to connect says of Enhanced RTMP, in each of its objects. */
async function announced({ rtmp }: WireServer, object: AmfObject): Promise<AmfObject[]> {
  const made = await (await peer(rtmp)).connect({ ...app, ...object });
  const { object: properties, args } = await made.answer(1);
  made.socket.destroy();
  return [properties, args[0]].map((each) =>
    JSON.parse(
      JSON.stringify(Object.fromEntries(Object.entries(each as AmfObject).filter(([key]) => keys.includes(key)))),
    ),
  );
}

wireCase("EC-2 who announces something of Enhanced RTMP learns what we can", async (server) => {
  for (const object of [{ fourCcList: ["hvc1"] }, { capsEx: 2 }, { videoFourCcInfoMap: { "*": 4 } }])
    assert.deepEqual(await announced(server, object), [everything, everything]);
});

wireCase("EC-2 who announces nothing is told nothing", async (server) => {
  for (const object of [{}, { videoFunction: 1, videoCodecs: 252 }, { fourCcList: "hvc1", capsEx: "2" }])
    assert.deepEqual(await announced(server, object), [{}, {}]);
});

wireCase(
  "EC-2 the answer is exactly what the app allows",
  async (server) => {
    const told = {
      fourCcList: ["avc1", "hvc1", "mp4a"],
      videoFourCcInfoMap: { avc1: 4, hvc1: 1, av01: 2 },
      audioFourCcInfoMap: { mp4a: 4, Opus: 2 },
      capsEx: 5,
    };
    assert.deepEqual(await announced(server, { capsEx: 0 }), [told, told]);
  },
  {
    codecs: {
      in: { video: new Set(["h264", "hevc"]), audio: new Set(["aac"]) },
      out: { video: new Set(["h264", "av1"]), audio: new Set(["aac", "opus"]) },
      multitrack: false,
      nanoseconds: false,
    },
  },
);

wireCase("EC-1 a connect with 10,000 entries costs nobody anything", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).shake();
  const fourCcList = Array.from({ length: 10_000 }, () => "hvc1");
  made.send(0, [20, 0, encodeAmf0("connect", 1, { ...app, fourCcList })]);
  made.send(0, [20, 0, encodeAmf0("connect", 1, { ...app, fourCcList: fourCcList.slice(0, 2_000), capsEx: 1e300 })]);
  assert.equal((await made.answer(1)).name, "_result");
});

wireCase("EC-6 a client that asks us to connect anew is not listened to", async ({ rtmp }) => {
  const source = await publisher(rtmp, "cam");
  const before = source.messages.length;
  const information = {
    level: "status",
    code: "NetConnection.Connect.ReconnectRequest",
    tcUrl: "rtmp://192.0.2.1/live",
  };
  source.send(0, [20, 0, encodeAmf0("onStatus", 0, null, information)]);
  await source.settled();
  assert.deepEqual(
    source.messages.slice(before).map(({ type }) => type),
    [20],
  );
  assert.ok(!source.closed);
});

/** Publishes these on NetStream 1, whoever it says it is. */
async function sends({ rtmp }: WireServer, name: string, object: AmfObject, ...sent: [8 | 9, Buffer][]): Promise<Peer> {
  const made = await (await peer(rtmp)).connect({ ...app, ...object });
  await made.call("createStream");
  made.tell(1, "publish", name, "live");
  await made.status(/Publish\.Start$/);
  made.send(1, ...sent.map(([type, body], index) => [type, index * 40, body] as const));
  return made;
}

const tracksOf = ({ host }: WireServer, name: string) =>
  [...host.hub.streams]
    .find((stream) => stream.name.name === name)
    ?.tracks.map(({ kind, id, codec }) => `${kind} ${id} ${codec}`) ?? [];

wireCase("ER-2 what a publisher announced, or did not, keeps out nothing that it sends", async (server) => {
  const all: [8 | 9, Buffer][] = [
    [9, enhanced.HSH],
    [9, enhanced.HI],
    [9, enhanced.VSH1],
    [9, enhanced.VI1],
    [8, enhanced.OSH],
    [8, enhanced.OF],
    [8, enhanced.ASH1],
    [8, enhanced.AF1],
  ];
  const wanted = ["video 0 hevc", "video 1 h264", "audio 0 opus", "audio 1 aac"];
  for (const [index, object] of [{}, { fourCcList: ["av01"] }, { capsEx: 0 }, { videoFourCcInfoMap: {} }].entries()) {
    const source = await sends(server, `cam${index}`, object as AmfObject, ...all);
    await until(() => tracksOf(server, `cam${index}`).length === 4, "all tracks are there");
    assert.deepEqual(tracksOf(server, `cam${index}`), wanted);
    source.socket.destroy();
  }
});

wireCase(
  "a codec that the app does not take ends the publish, in words and with a code",
  async (server) => {
    const source = await sends(server, "cam", {}, [9, enhanced.HSH], [9, enhanced.HI]);
    const { level, code, description, streamId } = await source.status(/Denied$/);
    assert.deepEqual([level, code, streamId], ["error", "NetStream.Publish.Denied", 1]);
    assert.equal(description, "this app takes no HEVC video; send H.264 (apps.live.enhanced.videoIn)");
    await until(() => source.closed, "the connection is closed");
    const { reason } = await logged(server.host, /publisher ended/);
    assert.match(String(reason), /^codec\/excluded: this app takes no HEVC/);
    assert.equal([...server.host.hub.streams].length, 0);

    const opus = await sends(server, "sound", {}, [8, enhanced.OSH], [8, enhanced.OF]);
    assert.match((await opus.status(/Denied$/)).description, /takes no Opus sound; send AAC .*audioIn/);
  },
  { codecs: { in: { video: new Set(["h264"]), audio: new Set(["aac"]) } } },
);

wireCase(
  "where an app takes one track of each kind, the others are left out, and nobody is sent away",
  async (server) => {
    const source = await sends(
      server,
      "cam",
      {},
      [9, bodies.VSH],
      [9, enhanced.VSH1],
      [8, enhanced.ASH1],
      [8, bodies.ASH],
    );
    source.send(1, [9, 200, enhanced.VI1], [9, 200, bodies.VI], [8, 200, bodies.AF]);
    await source.settled();
    assert.deepEqual(tracksOf(server, "cam"), ["video 0 h264", "audio 0 aac"]);
    assert.ok(!source.closed);
  },
  { codecs: { in: allCodecs, multitrack: false } },
);
