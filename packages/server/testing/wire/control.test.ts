import assert from "node:assert/strict";
import { encodeAmf0 } from "@sluice/media";
import { until } from "../host.ts";
import { handshakeSize, type Peer, peer, player, publisher } from "../peer.ts";
import { bodies, bytes, chunked, command } from "../wire-bytes.ts";
import { wireCase } from "../wire-case.ts";

const acknowledged = (made: Peer) =>
  made.messages.filter(({ type }) => type === 3).map(({ body }) => Buffer.from(body).readUInt32BE());

/** Ballast of a kilobyte: data for no stream, which is counted and means nothing. */
const kilobyte = chunked(5, 18, 0, 0, Buffer.alloc(1024 - 12), 4096);

/** Sends a ping and waits for its answer: all that was sent before has been read then. */
async function settled(made: Peer, token: number): Promise<void> {
  const pong = Buffer.from(`0007${token.toString(16).padStart(8, "0")}`, "hex");
  made.write("02 000000 000006 04 00000000", "0006", pong.subarray(2));
  await until(() => made.messages.some(({ type, body }) => type === 4 && pong.equals(body)), "the ping is answered");
}

wireCase(
  "6.16 connect is answered with chunk size, window, bandwidth, begin and result, in these bytes",
  async ({ rtmp }) => {
    const made = await (await peer(rtmp)).connect();
    const result = encodeAmf0(
      "_result",
      1,
      { fmsVer: "FMS/3,0,1,123", capabilities: 31, mode: 1 },
      { level: "status", code: "NetConnection.Connect.Success", description: "connected", objectEncoding: 0 },
    );
    assert.deepEqual(
      made.received.subarray(handshakeSize),
      Buffer.concat([
        bytes("02 000000 000004 01 00000000 00010000"),
        bytes("02 000000 000004 05 00000000 002625a0"),
        bytes("02 000000 000005 06 00000000 002625a0 02"),
        bytes("02 000000 000006 04 00000000 0000 00000000"),
        chunked(3, 20, 0, 0, result, 65_536),
      ]),
    );
  },
);

wireCase(
  "6.16 a window of 100,000 bytes is acknowledged as often as it is filled, from the handshake on",
  async ({ rtmp }) => {
    const made = await (await peer(rtmp)).connect();
    made.setChunkSize(4096);
    made.write("02 000000 000004 05 00000000 000186a0");
    const totals = new Set<number>();
    for (let block = 0; block < 100; block++) {
      made.write(...Array.from({ length: 10 }, () => kilobyte));
      await settled(made, block);
      totals.add(made.socket.bytesWritten);
    }
    const numbers = acknowledged(made);
    assert.ok(numbers.length >= 9, `${numbers.length} acknowledgements`);
    for (const [index, each] of numbers.entries()) {
      const since = each - (numbers[index - 1] ?? 0);
      assert.ok(since > 0 && since <= 100_000, `${since} bytes were not acknowledged`);
      assert.ok(
        [...totals].some((total) => Math.abs(total - each) <= 18),
        `${each} is no total that was sent`,
      );
    }
  },
);

wireCase(
  "6.16 a window of zero asks for no acknowledgement, and one of a byte not for one a byte",
  async ({ rtmp }) => {
    const made = await (await peer(rtmp)).connect();
    made.setChunkSize(4096);
    made.write("02 000000 000004 05 00000000 00000000", ...Array.from({ length: 300 }, () => kilobyte));
    await settled(made, 1);
    assert.equal(acknowledged(made).length, 0);
    made.write("02 000000 000004 05 00000000 00000001");
    for (let block = 0; block < 300; block++) {
      made.write(kilobyte);
      await settled(made, 2 + block);
    }
    const count = acknowledged(made).length;
    assert.ok(count >= 1 && count <= 20, `${count} acknowledgements`);
  },
);

wireCase("6.16 a viewer who never acknowledges goes on being served", async ({ rtmp }) => {
  const source = await publisher(rtmp, "cam");
  source.setChunkSize(1_000_000);
  source.send(1, [9, 0, bodies.VI]);
  const viewer = await player(rtmp, "cam");
  const sound = Buffer.concat([bytes("af 01"), Buffer.alloc(100_000)]);
  for (let count = 1; count <= 60; count++) {
    source.send(1, [8, count, sound]);
    await until(() => viewer.media(8).length === 1 + count, `sound ${count} has arrived`);
  }
  assert.ok(viewer.received.length > 2 * 2_500_000);
});

wireCase("6.16 a bandwidth is answered with the window that it asks for, when that is a new one", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  const before = made.received.length;
  for (const limit of ["00", "01", "02", "07"]) made.write("02 000000 000005 06 00000000 000f4240", limit);
  made.write("02 000000 000005 06 00000000 001e8480 02");
  await settled(made, 1);
  assert.deepEqual(
    made.received.subarray(before, -18),
    bytes("02 000000 000004 05 00000000 000f4240 02 000000 000004 05 00000000 001e8480"),
  );
});

wireCase("6.16 control messages that are too short are left out", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  for (const type of ["02", "03", "04", "05", "06"])
    for (const length of [0, 1, 2, 3]) made.write(`02 000000 00000${length}`, type, "00000000", Buffer.alloc(length));
  await settled(made, 1);
  assert.equal(acknowledged(made).length, 0);
});

wireCase("6.17 a ping is answered with its own four bytes", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  made.write("02 000000 000006 04 00000000 0006 deadbeef");
  await until(() => made.received.subarray(-18).equals(bytes("02 000000 000006 04 00000000 0007 deadbeef")), "it is");
});

wireCase(
  "6.17 user control that is known and needs no answer, and all that is unknown, changes nothing",
  async ({ rtmp }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, bodies.VI]);
    const viewer = await player(rtmp, "cam");
    await until(() => viewer.media(9).length === 2, "the keyframe has arrived");
    const before = viewer.messages.length;
    for (const event of [
      "0000 00000001",
      "0001 00000001",
      "0002 00000001",
      "0003 00000001 ffffffff",
      "0003 00000001",
      "0004 00000001",
      "0007 00000001",
      "001a 0000",
      "001b 00000000",
      "001f 00000001",
      "0020 00000001",
      "0005 00000001",
      "7fff 00000001",
      "ffff",
    ])
      viewer.write(chunked(2, 4, 0, 0, bytes(event)));
    await settled(viewer, 1);
    assert.equal(viewer.messages.length, before + 1);
    source.send(1, [9, 40, bodies.VP]);
    await until(() => viewer.media(9).length === 3, "the next frame has arrived");
  },
);

wireCase("6.17 shared objects and messages of unknown types are left out", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  for (const type of [0, 7, 10, 14, 16, 19, 21, 23, 99, 255])
    made.write(chunked(3, type, 0, 0, Buffer.alloc(60, type)));
  made.write(command(0, "createStream", 9, null));
  assert.equal((await made.answer(9)).name, "_result");
});
