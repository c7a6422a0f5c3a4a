import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { encodeAmf0 } from "@sluice/media";
import { until } from "../host.ts";
import { c0c1, peer, player, publisher } from "../peer.ts";
import { bodies, bytes, chunked, command } from "../wire-bytes.ts";
import { logged, wireCase } from "../wire-case.ts";

for (const format of [0, 1, 2]) {
  wireCase(
    `6.15 a type ${format} header in the middle of a message drops it: two messages never mix`,
    async ({ rtmp }) => {
      const source = await publisher(rtmp, "cam");
      source.send(1, [9, 0, bodies.VI]);
      const viewer = await player(rtmp, "cam");
      const partial = Buffer.concat([bytes("af 01"), Buffer.alloc(126, 0xee)]);
      const whole = Buffer.concat([bytes("af 01"), Buffer.alloc(198, 0x11)]);
      source.write("0a 000028 0000c8 08 01000000", partial);
      const header = ["0a 000032 0000c8 08 01000000", "4a 00000a 0000c8 08", "8a 00000a"][format] ?? "";
      source.write(header, whole.subarray(0, 128), "ca", whole.subarray(128));
      source.send(1, [9, 60, bodies.VP]);
      await until(() => viewer.media(9).length === 3, "the next frame has arrived");
      const heard = viewer.media(8).filter(({ body }) => body[1] === 1);
      assert.deepEqual(
        heard.map(({ timestampMs, body }) => [timestampMs, Buffer.from(body)]),
        [[50, whole]],
      );
    },
  );
}

wireCase("6.15 another size in the middle of a message takes nothing over from it", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).connect();
  const create = encodeAmf0("createStream", 9, null);
  made.write("0a 000000 0001f4 14 00000000", Buffer.alloc(128, 2), "4a 000000", u24(create.length), "14", create);
  assert.equal((await made.answer(9)).name, "_result");
});

wireCase("6.15 a chunk stream may begin with type 1, as librtmp's pings do", async ({ rtmp }) => {
  const made = await (await peer(rtmp)).shake();
  made.write("42 000005 000006 04 0006 0000002a");
  await until(() => made.messages.length === 1, "the ping is answered");
  assert.deepEqual(made.received.subarray(-18), bytes("02 000000 000006 04 00000000 0007 0000002a"));
});

for (const format of ["8a 000014", "ca"]) {
  wireCase(`6.15 a chunk stream that begins with ${format} ends the connection`, async ({ rtmp, host }) => {
    const made = await (await peer(rtmp)).connect();
    made.write(format, bodies.AF);
    await until(() => made.closed, "the connection is closed");
    assert.equal((await logged(host, /connection closed/)).code, "rtmp/chunk-header");
  });
}

wireCase(
  "6.15 a publisher that breaks the chunk stream ends with a code, and its stream is held for its return",
  async ({ rtmp, host }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF]);
    const viewer = await player(rtmp, "cam");
    await until(() => viewer.media(9).length === 2, "the viewer watches");
    source.write("ff ff ff ff");
    await until(() => source.closed, "the publisher is closed");
    assert.match(String((await logged(host, /publisher ended/)).reason), /^rtmp\/chunk-header/);
    const again = await publisher(rtmp, "cam");
    again.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF]);
    await until(() => viewer.media(9).some(({ timestampMs }) => timestampMs === 40), "the viewer goes on");
    assert.deepEqual(viewer.codes, ["Play.Reset", "Play.Start"]);
    again.tell(0, "deleteStream", 1);
  },
);

wireCase(
  "6.15 eight malformed tags in a row end the publisher with a code; the stream is held and nobody else notices",
  async ({ rtmp, host }) => {
    const source = await publisher(rtmp, "cam");
    source.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF]);
    const [viewer, other] = [await player(rtmp, "cam"), await publisher(rtmp, "other")];
    await until(() => viewer.media(9).length === 2, "the viewer watches");
    for (let count = 0; count < 7; count++) source.send(1, [9, 20, bytes("17 00 00")]);
    source.send(1, [9, 40, bodies.VP]);
    await until(() => viewer.media(9).length === 3, "seven were forgiven");
    for (let count = 0; count < 8; count++) source.send(1, [9, 60, bytes("17 00 00")]);
    await until(() => source.closed, "the publisher is closed");
    const line = await logged(host, /publisher ended/);
    assert.match(String(line.reason), /^[a-z0-9]+\/[a-z-]+: /);
    assert.equal([...host.hub.streams].find(({ name }) => name.name === "cam")?.state, "held");
    assert.ok(!viewer.closed && !other.closed);
    assert.deepEqual(viewer.codes, ["Play.Reset", "Play.Start"]);
  },
);

wireCase(
  "6.15 malformed tags that come before a slow answer end the publisher, and not the server",
  async ({ rtmp, host }) => {
    const made = await (await peer(rtmp)).connect();
    await made.call("createStream");
    made.tell(1, "publish", "early", "live");
    for (let count = 0; count < 10; count++) made.send(1, [9, 0, bytes("17 00 00")]);
    await until(() => made.closed, "the publisher is closed");
    assert.match(String((await logged(host, /publisher ended/)).reason), /^[a-z0-9]+\/[a-z-]+: /);
  },
  {
    access: {
      decide: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { allowed: true };
      },
    },
  },
);

wireCase(
  "6.15 sessions with seeded damage: the server lives, and no stranger's bytes become an error of its own",
  async ({ rtmp, host }) => {
    const wanted = process.env.SLUICE_SEED ?? "1";
    const seed = Number(wanted === "random" ? randomInt(2 ** 31) : wanted);
    const random = generator(seed);
    const good = session();
    try {
      for (let round = 0; round < 40; round++) {
        await Promise.all(Array.from({ length: 10 }, () => suffer(rtmp, damaged(good, random), random(4) === 0)));
      }
      assert.deepEqual(
        host.lines.filter(({ level }) => level === "error"),
        [],
      );
      await until(() => host.admission.total === 0, "no connection is left");
    } catch (error) {
      throw new Error(`with SLUICE_SEED=${seed}`, { cause: error });
    }
  },
);

/** A session that publishes and plays, from C0 on, in one piece. */
function session(): Buffer {
  const publish = command(1, "publish", 0, null, "fuzz", "live");
  return Buffer.concat([
    c0c1,
    Buffer.alloc(1536),
    bytes("02 000000 000004 01 00000000 00001000"),
    command(0, "connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" }),
    command(0, "createStream", 2, null),
    command(0, "createStream", 3, null),
    publish,
    command(2, "play", 0, null, "fuzz", -2),
    chunked(5, 18, 1, 0, encodeAmf0("@setDataFrame", "onMetaData", { width: 64, tags: ["a", { b: 1 }] }), 4096),
    chunked(6, 9, 1, 0, bodies.VSH),
    chunked(4, 8, 1, 0, bodies.ASH),
    chunked(6, 9, 1, 0, bodies.VI),
    chunked(4, 8, 1, 23, bodies.AF),
    chunked(6, 22, 1, 40, Buffer.concat([bytes("09 00000f 000028 00 000000"), bodies.VP, bytes("0000001a")])),
    chunked(4, 17, 0, 0, bytes("00 02 0003 666f6f 00 4010000000000000 11 0a 0b 01 03 61 06 03 62 01"), 4096),
    command(2, "pause", 0, null, true, 0),
    command(0, "deleteStream", 0, null, 1),
  ]);
}

/** Bytes flipped, cut out, doubled or put in behind the handshake, and cut off somewhere perhaps. */
function damaged(good: Buffer, random: (below: number) => number): Buffer {
  let wire = good;
  for (let wounds = 1 + random(4); wounds > 0; wounds--) {
    const at = 3073 + random(wire.length - 3073);
    const length = random(20);
    const [before, after] = [wire.subarray(0, at), wire.subarray(at)];
    const kind = random(4);
    const strange = Buffer.from(Array.from({ length: 1 + length }, () => random(256)));
    if (kind === 0) wire = Buffer.concat([before, strange, after.subarray(strange.length)]);
    else if (kind === 1) wire = Buffer.concat([before, after.subarray(length)]);
    else if (kind === 2) wire = Buffer.concat([before, after.subarray(0, length), after]);
    else wire = Buffer.concat([before, strange, after]);
  }
  return random(3) === 0 ? wire.subarray(0, 3073 + random(wire.length - 3073)) : wire;
}

/** Sends it and goes, or tears the connection down while the server may still be writing. */
async function suffer(port: number, wire: Buffer, tears: boolean): Promise<void> {
  const made = await peer(port);
  if (tears) made.socket.write(wire, () => made.socket.resetAndDestroy());
  else made.socket.end(wire);
  if (!made.closed) await once(made.socket, "close");
}

/** Numbers below a bound, the same ones for the same seed (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function u24(value: number): Uint8Array {
  return Uint8Array.of(value >> 16, value >> 8, value);
}
