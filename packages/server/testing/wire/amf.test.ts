import assert from "node:assert/strict";
import { decodeAmf0, encodeAmf0 } from "@sluice/media";
import { until } from "../host.ts";
import { type Peer, peer, player, publisher } from "../peer.ts";
import { bodies, bytes, chunked, command } from "../wire-bytes.ts";
import { logged, wireCase } from "../wire-case.ts";

const text = (value: string) => Buffer.from(value).toString("hex");
const u16 = (value: number) => value.toString(16).padStart(4, "0");
/** An AMF0 string's length and letters, as keys have them; and with the marker before them, as values. */
const key = (value: string) => u16(Buffer.byteLength(value)) + text(value);
const string = (value: string) => `02${key(value)}`;
const setMetadata = string("@setDataFrame") + string("onMetaData");
const connectHead = `${string("connect")} 00 3ff0000000000000`;

/** A publisher whose data messages a viewer reads. */
async function pair(port: number): Promise<{ source: Peer; viewer: Peer }> {
  const source = await publisher(port, "cam");
  source.send(1, [9, 0, bodies.VI]);
  const viewer = await player(port, "cam");
  await until(() => viewer.media(9).length === 2, "the keyframe has arrived");
  return { source, viewer };
}

/** What viewers get of a metadata value, and of a message after it, which must come in any case. */
async function passed(
  { source, viewer }: { source: Peer; viewer: Peer },
  ...messages: Uint8Array[]
): Promise<Buffer[]> {
  const before = viewer.media(18).length;
  source.send(1, ...messages.map((body) => [18, 0, body] as const), [18, 0, encodeAmf0("onTextData", "end")]);
  const ended = () => viewer.media(18).at(-1)?.body[3] === 0x6f && viewer.media(18).at(-1)?.body.length === 19;
  await until(() => viewer.media(18).length > before && ended(), "the next data message has arrived");
  return viewer
    .media(18)
    .slice(before, -1)
    .map(({ body }) => Buffer.from(body));
}

const values: { what: string; sent: string; seen: string }[] = [
  { what: "number", sent: "00 4039000000000000", seen: "00 4039000000000000" },
  { what: "not a number", sent: "00 7ff8000000000000", seen: "00 7ff8000000000000" },
  { what: "minus zero", sent: "00 8000000000000000", seen: "00 8000000000000000" },
  { what: "infinity", sent: "00 fff0000000000000", seen: "00 fff0000000000000" },
  { what: "boolean", sent: "01 07", seen: "01 01" },
  { what: "string", sent: string("ü"), seen: string("ü") },
  { what: "object", sent: `03 ${key("a")} 01 00 0000 09`, seen: `08 00000001 ${key("a")} 01 00 0000 09` },
  { what: "null", sent: "05", seen: "05" },
  { what: "undefined", sent: "06", seen: "05" },
  { what: "a reference to the array that it stands in", sent: "07 0000", seen: "05" },
  {
    what: "array that counts none",
    sent: `08 00000000 ${key("a")} 05 0000 09`,
    seen: `08 00000001 ${key("a")} 05 0000 09`,
  },
  {
    what: "array that counts four billion",
    sent: `08 ffffffff ${key("a")} 05 0000 09`,
    seen: `08 00000001 ${key("a")} 05 0000 09`,
  },
  { what: "strict array", sent: "0a 00000002 05 01 00", seen: "0a 00000002 05 01 00" },
  { what: "date", sent: "0b 427a1b7c50000000 003c", seen: "00 427a1b7c50000000" },
  { what: "date that is none", sent: "0b 7ff8000000000000 0000", seen: "00 7ff8000000000000" },
  { what: "long string", sent: "0c 00000003 616263", seen: string("abc") },
  { what: "unsupported", sent: "0d", seen: "05" },
  { what: "XML", sent: "0f 00000004 3c612f3e", seen: string("<a/>") },
  { what: "typed object", sent: `10 ${key("Cls")} ${key("a")} 05 0000 09`, seen: `08 00000001 ${key("a")} 05 0000 09` },
  { what: "AMF3 value", sent: "11 0a 0b 01 03 61 06 03 62 01", seen: `08 00000001 ${key("a")} ${string("b")} 0000 09` },
  { what: "AMF3 bytes", sent: "11 0c 07 af01ff", seen: "05" },
  { what: "empty key", sent: "03 0000 05 0000 09", seen: "08 00000001 0000 05 0000 09" },
  {
    what: "key __proto__",
    sent: `03 ${key("__proto__")} 03 0000 09 0000 09`,
    seen: `08 00000001 ${key("__proto__")} 08 00000000 0000 09 0000 09`,
  },
];

wireCase("6.18 every kind of value in metadata reaches viewers in the form that they can read", async ({ rtmp }) => {
  const both = await pair(rtmp);
  for (const { what, sent, seen } of values) {
    const [got] = await passed(both, bytes(`${setMetadata} 08 00000001 ${key("v")} ${sent} 0000 09`));
    const expected = bytes(`${string("onMetaData")} 08 00000001 ${key("v")} ${seen} 0000 09`);
    assert.equal(got?.toString("hex"), expected.toString("hex"), what);
  }
});

wireCase(
  "6.18 reserved markers, wrong references and cut values cost the message, and nothing else",
  async ({ rtmp }) => {
    const both = await pair(rtmp);
    for (const value of [
      "04",
      "0e",
      "12",
      "07 0005",
      "0c ffffffff 61",
      "0f ffffffff",
      "0a ffffffff 05",
      "00 4039",
      "02 00ff 61",
      "11 0b",
    ])
      assert.deepEqual(await passed(both, bytes(`${setMetadata} 08 00000001 ${key("v")} ${value} 0000 09`)), [], value);
  },
);

wireCase(
  "6.18 metadata without its end, behind stray numbers, or in an AMF3 message is understood",
  async ({ rtmp }) => {
    const { source, viewer } = await pair(rtmp);
    const fields = `08 00000001 ${key("width")} 00 4050000000000000`;
    const expected = bytes(`${string("onMetaData")} ${fields} 0000 09`);
    assert.deepEqual(await passed({ source, viewer }, bytes(`${setMetadata} ${fields}`)), [expected]);
    const stray = "00 3ff0000000000000 00 4000000000000000";
    assert.deepEqual(await passed({ source, viewer }, bytes(`${stray} ${setMetadata} ${fields} 0000 09`)), [expected]);
    source.write(chunked(5, 15, 1, 0, bytes(`00 ${setMetadata} ${fields} 0000 09`)));
    assert.deepEqual(await passed({ source, viewer }), [expected]);
  },
);

wireCase("6.18 OBS's second sound track in AMF3 bytes keeps its connection", async ({ rtmp }) => {
  const both = await pair(rtmp);
  const [expect, media] = await passed(
    both,
    bytes(
      `${string("@setDataFrame")} ${string("onExpectAdditionalMedia")} 03 ${key("processingIntents")} 0a 00000001 ${string("ArchiveProgramNarrationAudio")} 0000 09`,
    ),
    bytes(
      `${string("additionalMedia")} 03 ${key("id")} ${string("stream0")} ${key("media")} 11 0c 11 af01211004608c1c 0000 09`,
    ),
  );
  assert.ok(expect?.includes("onExpectAdditionalMedia") && media?.includes("stream0"));
});

// Each is the command object of connect, and what follows it, in some encoder's or some stranger's form.
const connects: readonly (readonly [string, string])[] = [
  ["an ECMA array", `08 00000000 ${key("app")} ${string("live")} 0000 09`],
  ["an object without its end", `03 ${key("app")} ${string("live")}`],
  ["a typed object", `10 ${key("Cls")} ${key("app")} ${string("live")} 0000 09`],
  ["an object with a cycle", `03 ${key("self")} 07 0000 ${key("app")} ${string("live")} 0000 09`],
  ["a long string", `03 ${key("app")} 0c 00000004 ${text("live")} 0000 09`],
  [
    "a date, an XML document and an unsupported value",
    `03 ${key("d")} 0b 7ff8000000000000 0000 ${key("x")} 0f 00000000 ${key("u")} 0d ${key("app")} ${string("live")} 0000 09`,
  ],
  [
    "keys of every object",
    `03 ${key("__proto__")} 03 0000 09 ${key("constructor")} 05 ${key("toString")} 05 ${key("app")} ${string("live")} 0000 09`,
  ],
  ["objectEncoding 3", `03 ${key("app")} ${string("live")} ${key("objectEncoding")} 00 4008000000000000 0000 09`],
  ["a tail of arguments", `03 ${key("app")} ${string("live")} 0000 09 05 ${string("user")} 01 01`],
];

wireCase("6.18 connect in every form is answered in AMF0, and the session goes on", async ({ rtmp }) => {
  const forms = connects.map(([what, tail]) => ({ what, type: 20, body: bytes(`${connectHead} ${tail}`) }));
  const amf3 = `${connectHead} 11 0a 0b 01 07 617070 06 09 6c697665 01`;
  forms.push({ what: "type 17", type: 17, body: bytes(`00 ${amf3}`) });
  forms.push({ what: "type 17 without its first byte", type: 17, body: bytes(amf3) });
  for (const { what, type, body } of forms) {
    const made = await (await peer(rtmp)).shake();
    made.send(0, [type, 0, body]);
    const answer = await made.answer(1);
    const [information] = answer.args as [{ code: string; objectEncoding: number }];
    assert.deepEqual([information.code, information.objectEncoding], ["NetConnection.Connect.Success", 0], what);
    assert.ok(made.messages.every(({ type }) => type !== 17));
    await made.call("createStream");
    made.tell(1, "publish", `form-${forms.findIndex((each) => each.what === what)}`);
    await made.status(/Publish\.Start/);
    made.socket.destroy();
  }
});

wireCase("6.18 a command with a reserved marker is left out, and the next one is heard", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  for (const marker of ["04", "0e"])
    made.send(0, [20, 0, bytes(`${string("createStream")} 00 4014000000000000 ${marker}`)]);
  assert.equal((await made.call("createStream")).args[0], 1);
});

wireCase(
  "6.18 what is no UTF-8, or no printable text, neither throws nor gets into the log as it is",
  async ({ rtmp, host }) => {
    const made = await (await peer(rtmp)).shake();
    const nasty = "ff c3 28 ed a0 80 0a 0d 1b 5b 33 31 6d 00";
    made.send(0, [
      20,
      0,
      bytes(`${connectHead} 03 ${key("app")} ${string("live")} ${key("flashVer")} 02 000e ${nasty} 0000 09`),
    ]);
    await made.call("createStream");
    made.tell(1, "publish", "cam");
    await made.status(/Publish\.Start/);
    const agent = String((await logged(host, /publisher opened/)).agent);
    assert.match(agent, /^[\x20-\x7e]+$/);
  },
);

const nested = (depth: number) => `${"03000161".repeat(depth)}05${"000009".repeat(depth)}`;
const bombs: readonly (readonly [string, Buffer])[] = [
  ["33 objects in each other", bytes(nested(33))],
  ["10,000 objects in each other", bytes(nested(10_000))],
  ["10,000 arrays in each other", bytes("0a00000001".repeat(10_000))],
  ["5,000 values", bytes(`0a 00001388 ${"05".repeat(5000)}`)],
  ["an array that counts four billion", bytes("0a ffffffff 05")],
  ["a string of four gibibytes", bytes("0c ffffffff 61")],
  ["AMF3 arrays in each other", bytes(`11${"090301".repeat(10_000)}`)],
  ["an AMF3 array that counts 268 million", bytes("11 09 bfffffff 01")],
  [
    "many keys that are alike",
    bytes(`03${Array.from({ length: 5000 }, (_, index) => `${key(`k${index}`)}05`).join("")}000009`),
  ],
];

wireCase("6.19 metadata that is too deep, too many or too long is left out, at little cost", async ({ rtmp }) => {
  const both = await pair(rtmp);
  both.source.setChunkSize(65_536);
  for (const [what, value] of bombs) {
    const body = Buffer.concat([bytes(setMetadata), value]);
    const began = performance.now();
    assert.deepEqual(await passed(both, ...Array.from({ length: 10 }, () => body)), [], what);
    assert.ok(performance.now() - began < 10_000, `${what}: ten of them took ${performance.now() - began} ms`);
  }
});

wireCase(
  "6.19 metadata of more than 64 KiB is left out, and what says more by references than it is long becomes short",
  async ({ rtmp }) => {
    const both = await pair(rtmp);
    both.source.setChunkSize(65_536);
    const long = encodeAmf0("@setDataFrame", "onMetaData", { text: "x".repeat(65_536) });
    const multiplying = `03 ${key("a")} 03 ${key("b")} 03 ${key("c")} ${string("x".repeat(20))} 0000 09 0000 09`;
    const references = Array.from({ length: 1500 }, (_, index) => `${key(`r${index}`)} 07 0001`).join("");
    const [short, ...more] = await passed(both, long, bytes(`${setMetadata} ${multiplying} ${references} 0000 09`));
    assert.deepEqual(more, []);
    assert.ok(short === undefined || short.length <= 65_536);
  },
);

wireCase(
  "6.19 metadata with a cycle is passed on without it, and the server can still talk of the stream",
  async ({ rtmp, host }) => {
    const both = await pair(rtmp);
    const [got] = await passed(
      both,
      bytes(`${setMetadata} 03 ${key("self")} 07 0000 ${key("width")} 00 4050000000000000 0000 09`),
    );
    assert.deepEqual(
      decodeAmf0(got ?? Buffer.alloc(0))[1],
      Object.assign(Object.create(null), { self: null, width: 64 }),
    );
    for (const stream of host.hub.streams) JSON.stringify(stream.tracks);
  },
);

wireCase(
  "6.19 commands that are too deep, too many or too long are left out, and the eighth in a row ends the connection",
  async ({ rtmp, host }) => {
    const made = await (await peer(rtmp)).connect();
    made.setChunkSize(65_536);
    const broken = (value: Buffer) =>
      made.send(0, [20, 0, Buffer.concat([bytes(`${string("connect")} 00 4000000000000000`), value])]);
    for (const [, value] of bombs) {
      broken(value);
      await made.call("_checkbw");
    }
    for (let count = 0; count < 8; count++) broken(bytes(nested(33)));
    await until(() => made.closed, "the connection is closed");
    assert.equal((await logged(host, /connection closed/)).code, "amf/depth");
  },
);

wireCase("6.19 one connection has so many streams and no more, however many it asks for", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  const ids = [];
  for (let count = 0; count < 16; count++) ids.push((await made.call("createStream")).args[0]);
  assert.deepEqual(
    ids,
    Array.from({ length: 16 }, (_, index) => index + 1),
  );
  made.write(...Array.from({ length: 2000 }, (_, index) => command(0, "createStream", 100 + index, null)));
  const last = await made.answer(2099);
  assert.equal(last.name, "_error");
  assert.equal((last.args[0] as { code: string }).code, "NetConnection.Call.Failed");
  made.tell(0, "deleteStream", 3);
  assert.equal((await made.call("createStream")).args[0], 17);
});
