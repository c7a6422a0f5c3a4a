import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { type Amf, type AmfObject, decodeAmf0, encodeAmf0 } from "@sluice/media";
import fc from "fast-check";
import { answer, connection, kinds } from "../testing/connection.ts";
import { type Capabilities, codecFlags, hasCaps, readCapabilities, writeCapabilities } from "./capabilities.ts";
import { encodeMessage } from "./chunk-encoder.ts";
import { ClientConnection, type ClientEvent } from "./client-connection.ts";
import { encodeCommand } from "./command.ts";
import { MessageType } from "./message.ts";
import { ServerConnection } from "./server-connection.ts";
import type { ServerEvent } from "./server-event.ts";

const app: AmfObject = { app: "live", tcUrl: "rtmp://127.0.0.1/live" };
const everything: AmfObject = {
  ...app,
  fourCcList: ["av01", "hvc1", "Opus"],
  videoFourCcInfoMap: { "*": 4, vp09: 3 },
  audioFourCcInfoMap: { Opus: 1 },
  capsEx: 15,
  videoFunction: 6,
};
const ours: Capabilities = {
  fourCcList: new Set(["avc1", "Opus"]),
  video: new Map([["avc1", 4]]),
  audio: new Map([["Opus", 4]]),
  capsEx: 7,
};

/** What the server's event says of a client that connects with these properties. */
function announced(object: Amf): Capabilities | undefined {
  const { events, connect } = connection({ answersConnect: true });
  connect(object);
  const [event] = events;
  assert.ok(event?.kind === "connect");
  return event.capabilities;
}

test("EC-1: all that a client announces is in the event of its connect, typed", () => {
  assert.deepEqual(announced(everything), {
    fourCcList: new Set(["av01", "hvc1", "Opus"]),
    video: new Map([
      ["*", 4],
      ["vp09", 3],
    ]),
    audio: new Map([["Opus", 1]]),
    capsEx: 15,
    videoFunction: 6,
  });
  assert.deepEqual(announced({ ...app, fourCcList: ["*"] }), { fourCcList: new Set(["*"]) });
  assert.deepEqual(announced({ ...app, fourCcList: [] }), { fourCcList: new Set() });
  assert.deepEqual(announced({ ...app, capsEx: 0 }), { capsEx: 0 });
});

test("EC-1: who announces nothing has no capabilities: an old client, or OBS", () => {
  assert.equal(announced(app), undefined);
  assert.equal(
    announced({ ...app, videoFunction: 1, capabilities: 239, audioCodecs: 3191, videoCodecs: 252 }),
    undefined,
  );
});

test("EC-1: ECMA arrays are understood in place of arrays and objects", () => {
  const ecma = (...parts: string[]) => Buffer.from(parts.join("").replaceAll(" ", ""), "hex");
  const body = Buffer.concat([
    encodeAmf0("connect", 1),
    ecma("03 0003 617070 02 0004 6c697665"),
    ecma("000a 666f757243634c697374 08 00000002", "0001 30 02 0004 68766331", "0001 31 02 0004 61763031", "000009"),
    ecma("0012 766964656f466f75724363496e666f4d6170 08 00000001", "0004 76703039 00 3ff0000000000000", "000009"),
    ecma("000009"),
  ]);
  const { events, send } = connection();
  send({ type: MessageType.command, streamId: 0, timestampMs: 0, body });
  const [event] = events;
  assert.ok(event?.kind === "connect");
  assert.deepEqual(event.capabilities, { fourCcList: new Set(["hvc1", "av01"]), video: new Map([["vp09", 1]]) });
});

const wrong: { readonly name: string; readonly object: AmfObject; readonly read: Capabilities | undefined }[] = [
  { name: "a list that is text", object: { fourCcList: "hvc1" }, read: undefined },
  { name: "a list that is a number", object: { fourCcList: 7 }, read: undefined },
  { name: "a map that is an array", object: { videoFourCcInfoMap: ["hvc1"] }, read: undefined },
  { name: "a map that is null", object: { audioFourCcInfoMap: null }, read: undefined },
  { name: "flags that are text", object: { capsEx: "15" }, read: undefined },
  { name: "flags that are no number", object: { capsEx: Number.NaN }, read: undefined },
  { name: "flags without end", object: { capsEx: Number.POSITIVE_INFINITY }, read: undefined },
  { name: "flags below zero", object: { capsEx: -1 }, read: undefined },
  { name: "half a flag", object: { capsEx: 1.5 }, read: undefined },
  { name: "flags of more than 32 bits", object: { capsEx: 2 ** 40 + 1 }, read: undefined },
  { name: "flags that have no meaning yet", object: { capsEx: 2 ** 31 + 0x12 }, read: { capsEx: 2 } },
  {
    name: "entries that are no FourCC",
    object: { fourCcList: ["hvc1", "hevc5", "", 7, null, ["av01"], "h\u0000c1", "häc1"] },
    read: { fourCcList: new Set(["hvc1"]) },
  },
  {
    name: "values of a map that are no flags",
    object: { videoFourCcInfoMap: { hvc1: "1", av01: 1e300, vp09: -1, vp08: 255, avc1: null, __proto__x: 1 } },
    read: {
      video: new Map([
        ["hvc1", 0],
        ["av01", 0],
        ["vp09", 0],
        ["vp08", 7],
        ["avc1", 0],
      ]),
    },
  },
];
for (const { name, object, read } of wrong) {
  test(`EC-1: ${name} takes nothing else along`, () => assert.deepEqual(announced({ ...app, ...object }), read));
}

test("EC-1: of a list or map without end the beginning is read, and no more", () => {
  const many = Array.from({ length: 3_000 }, (_, index) => String(1000 + index));
  const read = announced({
    ...app,
    fourCcList: many,
    videoFourCcInfoMap: Object.fromEntries(many.slice(0, 900).map((code) => [code, 1])),
  });
  assert.equal(read?.fourCcList?.size, 128);
  assert.equal(read?.video?.size, 128);
});

test("EC-1: a connect with 10,000 entries is dropped as a slip, and the next one counts", () => {
  const { server, events, connect } = connection();
  connect({ ...app, fourCcList: Array.from({ length: 10_000 }, () => "hvc1") });
  assert.deepEqual(kinds(events), []);
  assert.equal(server.ignored, 1);
  connect({ ...app, fourCcList: ["hvc1"] });
  assert.deepEqual(kinds(events), ["connect"]);
});

test("EC-1: whatever stands in the place of capabilities, connect goes on", () => {
  const values = fc.oneof(
    fc.constantFrom<Amf>(null, undefined, true, "", "*", 0, -1, 1e300, Number.NaN, new Date(0), new Uint8Array(3)),
    fc.array(fc.oneof(fc.string({ maxLength: 6 }), fc.double(), fc.constant(null)), { maxLength: 200 }),
    fc.dictionary(fc.string({ maxLength: 6 }), fc.oneof(fc.double(), fc.string()), { maxKeys: 200 }),
  );
  fc.assert(
    fc.property(values, values, values, values, values, (list, video, audio, capsEx, videoFunction) => {
      const object = { fourCcList: list, videoFourCcInfoMap: video, audioFourCcInfoMap: audio, capsEx, videoFunction };
      const read = readCapabilities(object as AmfObject);
      if (read)
        assert.deepEqual(readCapabilities(decodeAmf0(encodeAmf0(writeCapabilities(read)))[0] as AmfObject), read);
    }),
  );
});

test("a map says what a peer can do with a codec, `*` included; the list only that it can", () => {
  const both = readCapabilities(everything) ?? {};
  assert.equal(codecFlags(both, "video", "vp09"), 7);
  assert.equal(codecFlags(both, "video", "hvc1"), 4);
  assert.equal(codecFlags(both, "audio", "Opus"), 1);
  assert.equal(codecFlags(both, "audio", "fLaC"), 0);
  const list: Capabilities = { fourCcList: new Set(["hvc1"]) };
  assert.equal(codecFlags(list, "video", "hvc1"), 7);
  assert.equal(codecFlags(list, "video", "av01"), 0);
  assert.equal(codecFlags({ fourCcList: new Set(["*"]) }, "audio", "Opus"), 7);
  assert.equal(codecFlags({ capsEx: 2 }, "video", "hvc1"), undefined);
  assert.equal(codecFlags({ video: new Map() }, "audio", "Opus"), undefined);
  assert.ok(hasCaps({ capsEx: 12 }, 12) && !hasCaps({ capsEx: 8 }, 12) && !hasCaps({}, 1) && !hasCaps(undefined, 1));
});

const enhancedKeys = ["fourCcList", "videoFourCcInfoMap", "audioFourCcInfoMap", "capsEx"];
/** What the answer to connect has of Enhanced RTMP in its two objects. */
function answered(object: Amf, announce: Capabilities | undefined) {
  const { server, connect, commands } = connection({ answersConnect: true });
  connect(object);
  server.acceptConnect(announce);
  const result = answer(commands(), 1);
  assert.equal(result?.name, "_result");
  return [result?.object, result?.args[0]].map((each) => {
    const found = each as AmfObject;
    return Object.fromEntries(enhancedKeys.filter((key) => key in found).map((key) => [key, found[key]]));
  });
}

test("EC-2: who has announced something learns exactly what we do, in both objects of the answer", () => {
  const told = {
    fourCcList: ["avc1", "Opus"],
    videoFourCcInfoMap: { avc1: 4 },
    audioFourCcInfoMap: { Opus: 4 },
    capsEx: 7,
  };
  for (const object of [everything, { ...app, fourCcList: ["hvc1"] }, { ...app, capsEx: 0 }]) {
    const [properties, information] = answered(object, ours).map((each) => JSON.parse(JSON.stringify(each)));
    assert.deepEqual(properties, told);
    assert.deepEqual(information, told);
  }
});

test("EC-2: who has announced nothing gets the answer that it always got", () => {
  assert.deepEqual(answered(app, ours), [{}, {}]);
  assert.deepEqual(answered(everything, undefined), [{}, {}]);
  const sizes = [ours, undefined].map((announce) => {
    const { server, connect, writes } = connection({ answersConnect: true });
    connect();
    server.acceptConnect(announce);
    return writes;
  });
  assert.deepEqual(sizes[0], sizes[1]);
});

/** Our client, and all that it has been told and has written. */
function client(capabilities?: Capabilities) {
  const told: ClientEvent[] = [];
  const written: Uint8Array[] = [];
  const made = new ClientConnection({
    send: (bytes) => void written.push(bytes),
    random: randomBytes,
    emit: (event) => void told.push(event),
    app: "live",
    tcUrl: "rtmp://h/live",
    ...(capabilities ? { capabilities } : {}),
  });
  made.receive(Buffer.concat([Buffer.of(3), Buffer.alloc(3072)]));
  return { made, told, written };
}

test("our client reads what the server can do, in whichever object that stands", () => {
  const said: AmfObject = { capsEx: 3, videoFourCcInfoMap: { hvc1: 4 } };
  for (const [properties, information] of [
    [said, {}],
    [{}, said],
    [{}, {}],
  ] as const) {
    const { made, told } = client();
    made.receive(encodeMessage(3, encodeCommand(0, "_result", 1, properties, information), 128));
    const [event] = told;
    assert.ok(event?.kind === "connected");
    const read = { capsEx: 3, video: new Map([["hvc1", 4]]) };
    assert.deepEqual(event.capabilities, properties === said || information === said ? read : undefined);
  }
});

test("our client announces what it is told to, and nothing by itself", () => {
  for (const capabilities of [ours, undefined]) {
    const events: ServerEvent[] = [];
    const server = new ServerConnection({
      send: () => {},
      random: randomBytes,
      emit: (event) => void events.push(event),
    });
    const { written } = client(capabilities);
    for (const bytes of written) server.receive(bytes);
    const [event] = events;
    assert.ok(event?.kind === "connect");
    assert.deepEqual(event.capabilities, capabilities && { ...ours, videoFunction: 1 });
  }
});
