import assert from "node:assert/strict";
import { encodeAmf0 } from "@sluice/media";
import { until } from "../host.ts";
import { type Peer, peer, player, publisher } from "../peer.ts";
import { bodies, bytes, chunked, command } from "../wire-bytes.ts";
import { logged, type WireServer, wireCase } from "../wire-case.ts";

/** createStream as a command of `length` bytes. */
function createStream(transaction: number, length: number): Buffer {
  const bare = encodeAmf0("createStream", transaction, null, "").length;
  return Buffer.from(encodeAmf0("createStream", transaction, null, "x".repeat(length - bare)));
}

/** A sound frame that is `length` bytes with its header. */
function sound(length: number, fill = 0x5a): Buffer {
  return Buffer.concat([bytes("af 01"), Buffer.alloc(length - 2, fill)]);
}

/** Someone who publishes sound and picture, and someone who watches: what goes in as bytes comes out as messages. */
async function pair({ rtmp }: WireServer): Promise<{ source: Peer; viewer: Peer; times(): number[] }> {
  const source = await publisher(rtmp, "cam");
  source.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF]);
  const viewer = await player(rtmp, "cam");
  await until(() => viewer.media(9).some(({ body }) => bodies.VI.equals(body)), "the keyframe has arrived");
  const heard = () => viewer.media(8).filter(({ body }) => body[1] === 1);
  await until(() => heard().length === 1, "the first sound has arrived");
  return {
    source,
    viewer,
    times: () =>
      heard()
        .slice(1)
        .map(({ timestampMs }) => timestampMs),
  };
}

wireCase("6.6 chunk streams 2 to 65599 in every form of header carry commands", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  const body = createStream(0, 100);
  const headers = ["02", "03", "3f", "00 00", "01 00 00", "00 ff", "01 ff 00", "01 00 01", "01 ff ff"];
  for (const [index, basic] of headers.entries()) {
    body.writeDoubleBE(100 + index, 16);
    made.write(basic, "000000 000064 14 00000000", body);
    assert.equal((await made.answer(100 + index)).args[0], index + 1);
  }
});

wireCase("6.6 a chunk stream is the same one in its two-byte and in its three-byte form", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  const body = createStream(7, 300);
  made.write("00 00 000000 00012c 14 00000000", body.subarray(0, 128));
  made.write("c1 00 00", body.subarray(128, 256), "c0 00", body.subarray(256));
  assert.equal((await made.answer(7)).name, "_result");
});

wireCase("6.6 control messages come on any chunk stream, and all kinds of media on one", async (server) => {
  const { source, times } = await pair(server);
  for (const csid of ["03", "04", "05", "06"]) source.write(csid, "000000 000006 04 00000000 0006 00000007");
  await until(() => source.messages.filter(({ type }) => type === 4).length >= 6, "every ping is answered");
  source.write(
    chunked(4, 9, 1, 20, bodies.VP),
    chunked(4, 8, 1, 21, bodies.AF),
    chunked(4, 18, 1, 22, encodeAmf0("onTextData", { text: "hi" })),
    chunked(4, 8, 1, 40, bodies.AF),
  );
  await until(() => times().length === 2, "both sounds have arrived");
  assert.deepEqual(times(), [21, 40]);
});

wireCase(
  "6.7 times are absolute after type 0, deltas after 1 and 2, repeated by 3, which after 0 repeats the time",
  async (server) => {
    const { source, times } = await pair(server);
    source.write("0a 000028 000008 08 01000000", bodies.AF);
    source.write("ca", bodies.AF);
    source.write("4a 000014 000008 08", bodies.AF, "ca", bodies.AF);
    source.write("8a 00000a", bodies.AF, "ca", bodies.AF);
    await until(() => times().length === 6, "six sounds have arrived");
    assert.deepEqual(times(), [40, 80, 100, 120, 130, 140]);
  },
);

wireCase("6.7 the message stream id is little-endian, and inherited by types 1 to 3", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  for (let count = 0; count < 2; count++) await made.call("createStream");
  const publish = encodeAmf0("publish", 0, null, "second", "live");
  made.write("08 000000", bytes(publish.length.toString(16).padStart(6, "0")), "14 02000000", publish);
  assert.equal((await made.status(/Publish\.Start/)).streamId, 2);
});

wireCase("6.7 a continuation never adds the delta again", async (server) => {
  const { source, viewer, times } = await pair(server);
  const body = sound(300);
  source.write("0a 000028 00012c 08 01000000", body.subarray(0, 128), "ca", body.subarray(128, 256));
  source.write("ca", body.subarray(256), "8a 000014", body.subarray(0, 128), "ca", body.subarray(128, 256));
  source.write("ca", body.subarray(256));
  await until(() => times().length === 2, "both sounds have arrived");
  assert.deepEqual(times(), [40, 60]);
  assert.deepEqual(viewer.media(8).at(-1)?.body, new Uint8Array(body));
});

// A stream begins near zero whatever its source's clock says, so distances are what a viewer can see.
for (const repeats of [true, false]) {
  const again = (time: string) => (repeats ? time : "");
  wireCase(
    `6.8 extended times: absolute, as deltas, and ${repeats ? "repeated on" : "left out of"} continuations`,
    async (server) => {
      const { source, viewer, times } = await pair(server);
      const body = sound(200);
      const rest = body.subarray(128);
      source.write("0a ffffff 0000c8 08 01000000 01000000", body.subarray(0, 128), "ca", again("01000000"), rest);
      source.write("4a 000014 0000c8 08", body.subarray(0, 128), "ca", rest);
      source.write("8a ffffff 01000000", body.subarray(0, 128), "ca", again("01000000"), rest);
      source.write("0a ffffff 000008 08 01000000 02000078", bodies.AF);
      await until(() => times().length === 4, "four sounds have arrived");
      const [first = 0, ...others] = times();
      assert.deepEqual(
        others.map((time) => time - first),
        [20, 60, 160],
      );
      for (const message of viewer.media(8).slice(-4, -1)) assert.deepEqual(message.body, new Uint8Array(body));
    },
  );
}

wireCase("6.8 whether an extended time is repeated is only decided when all four bytes are there", async (server) => {
  const { source, viewer, times } = await pair(server);
  const body = sound(200, 0x01);
  const wire = Buffer.concat([
    bytes("0a ffffff 0000c8 08 01000000 01010101"),
    body.subarray(0, 128),
    bytes("ca 01010101"),
    body.subarray(128),
    bytes("0a ffffff 000008 08 01000000 01010135"),
    bodies.AF,
  ]);
  for (const byte of wire) {
    source.socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => times().length === 2, "both sounds have arrived");
  assert.equal((times()[1] ?? 0) - (times()[0] ?? 0), 0x34);
  assert.deepEqual(viewer.media(8).at(-2)?.body, new Uint8Array(body));
});

wireCase("6.8 0xFFFFFE is a time, 0xFFFFFF says that it follows", async (server) => {
  const { source, times } = await pair(server);
  source.write("0a fffffe 000008 08 01000000", bodies.AF);
  source.write("0a ffffff 000008 08 01000000 00ffffff", bodies.AF);
  source.write("0a ffffff 000008 08 01000000 01000000", bodies.AF);
  await until(() => times().length === 3, "three sounds have arrived");
  const [first = 0, ...others] = times();
  assert.deepEqual(
    others.map((time) => time - first),
    [1, 2],
  );
});

wireCase("6.9 a delta of FFFFFFFB goes back by five", async (server) => {
  const { source, times } = await pair(server);
  source.write("04 0003ed 000008 08 01000000", bodies.AF, "44 ffffff 000008 08 fffffffb", bodies.AF);
  source.write("84 000014", bodies.AF);
  await until(() => times().length === 3, "three sounds have arrived");
  assert.deepEqual(times(), [1005, 1000, 1020]);
});

wireCase("6.10 messages interleaved over eight chunk streams all arrive", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  const queues = Array.from({ length: 8 }, (_, index) => {
    const wire = chunked(10 + index, 20, 0, 0, createStream(20 + index, 500));
    return [wire.subarray(0, 140), wire.subarray(140, 269), wire.subarray(269, 398), wire.subarray(398)];
  });
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
    const piece = queues[(turn * 5) % 8]?.shift();
    if (piece) made.write(piece);
  }
  const ids = await Promise.all(queues.map(async (_, index) => (await made.answer(20 + index)).args[0]));
  assert.deepEqual(ids.sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
});

wireCase("6.10 a chunk size holds from the next chunk on, in the middle of a message too", async (server) => {
  const { source, viewer, times } = await pair(server);
  const body = sound(291);
  source.write("06 000028 000123 08 01000000", body.subarray(0, 128));
  source.write("02 000000 000004 01 00000000 00001000", "c6", body.subarray(128));
  source.write(chunked(4, 8, 1, 60, sound(1000), 4096));
  await until(() => times().length === 2, "both sounds have arrived");
  assert.deepEqual(times(), [40, 60]);
  assert.deepEqual(viewer.media(8).at(-2)?.body, new Uint8Array(body));
});

wireCase("6.11 an abort drops what was begun on that chunk stream, and nothing else", async (server) => {
  const { source, viewer, times } = await pair(server);
  source.write("0a 000028 00012c 08 01000000", sound(128, 1), "0b 000032 00012c 08 01000000", sound(128));
  source.write("02 000000 000004 02 00000000 0000000a");
  source.write("42 000000 000004 02 00000999", "42 000000 000004 02 00000002");
  source.write("cb", Buffer.alloc(128, 0x5a), "cb", Buffer.alloc(44, 0x5a));
  source.write("4a 00000a 000008 08", bodies.AF);
  await until(() => times().length === 2, "both sounds have arrived");
  assert.deepEqual(times(), [50, 50]);
  assert.deepEqual(viewer.media(8).at(-2)?.body, new Uint8Array(sound(300)));
});

for (const [what, wire, code] of [
  ["a command of a mebibyte", "03 000000 100000 14 00000000", "rtmp/message-size"],
  ["a data message of a mebibyte", "03 000000 100000 12 00000000", "rtmp/message-size"],
  ["a window of 17 bytes", "02 000000 000011 05 00000000", "rtmp/message-size"],
  ["a ping of 16 MiB", "02 000000 ffffff 04 00000000", "rtmp/message-size"],
] as const) {
  wireCase(`6.12 ${what} is refused by its header`, async ({ rtmp, host }) => {
    const made = await (await peer(rtmp)).connect();
    made.write(wire);
    await until(() => made.closed, "the connection is closed");
    assert.equal((await logged(host, /connection closed/)).code, code);
  });
}

wireCase("6.12 so many chunk streams and no more", async ({ rtmp, host }) => {
  const made = await (await peer(rtmp)).connect();
  for (let csid = 64; csid < 126; csid++) made.write(Uint8Array.of(0, csid - 64), "000000 000000 08 00000000");
  assert.equal((await made.call("createStream")).name, "_result");
  for (let csid = 126; csid < 130; csid++) made.write(Uint8Array.of(0, csid - 64), "000000 000000 08 00000000");
  await until(() => made.closed, "the connection is closed");
  assert.equal((await logged(host, /connection closed/)).code, "rtmp/chunk-streams");
});

wireCase("6.12 headers that promise a gibibyte cost next to nothing", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  const before = process.memoryUsage().arrayBuffers;
  for (let csid = 64; csid < 124; csid++)
    made.write(Uint8Array.of(0, csid - 64), "000000 ffffff 09 01000000", Buffer.alloc(128));
  await made.call("createStream");
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024);
});

wireCase("6.12 unfinished messages may take so many bytes altogether", async ({ rtmp, host }) => {
  const made = await (await peer(rtmp)).connect();
  made.setChunkSize(0xffff00);
  const most = Buffer.alloc(0xffff00);
  for (const csid of ["0a", "0b", "0c"]) made.write(csid, "000000 ffffff 09 01000000", most);
  await until(() => made.closed, "the connection is closed");
  assert.equal((await logged(host, /connection closed/)).code, "rtmp/partial-bytes");
});

for (const [what, wire] of [
  ["of zero", "02 000000 000004 01 00000000 00000000"],
  ["with the top bit set", "02 000000 000004 01 00000000 80000000"],
  ["of minus one", "02 000000 000004 01 00000000 ffffffff"],
  ["in three bytes", "02 000000 000003 01 00000000 001000"],
  ["in no bytes", "02 000000 000000 01 00000000"],
] as const) {
  wireCase(`6.14 a chunk size ${what} ends the connection`, async ({ rtmp, host }) => {
    const made = await (await peer(rtmp)).connect();
    made.write(wire);
    await until(() => made.closed, "the connection is closed");
    assert.equal((await logged(host, /connection closed/)).code, "rtmp/chunk-size");
  });
}

wireCase(
  "6.14 a chunk size of one is heeded, and one beyond all messages is taken for the largest",
  async ({ rtmp }) => {
    const made = await (await peer(rtmp)).connect();
    made.write("02 000000 000004 01 00000000 00000001", chunked(3, 20, 0, 0, createStream(5, 60), 1));
    assert.equal((await made.answer(5)).name, "_result");
    made.write("02 000000 000004 01 00000000 7f c2 ff c2 ff c2 ff", command(0, "createStream", 6, null));
    assert.equal((await made.answer(6)).name, "_result");
  },
);
