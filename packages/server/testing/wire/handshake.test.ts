import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { until } from "../host.ts";
import { c0c1, handshakeSize, type Peer, peer } from "../peer.ts";
import { bytes, command } from "../wire-bytes.ts";
import { logged, wireCase } from "../wire-case.ts";

const connectBytes = command(0, "connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" });
const answered = (made: Peer) => made.received.length >= handshakeSize;
const hmac = (key: Uint8Array, data: Uint8Array) => createHmac("sha256", key).update(data).digest();

wireCase(
  "6.1 a plain C0 and C1 are answered with 3073 bytes before C2 comes, with zero version and C1 in S2",
  async ({ rtmp }) => {
    const made = await peer(rtmp);
    made.write(c0c1);
    await until(() => answered(made), "S0, S1 and S2 are there");
    const [s0, s1, s2] = parts(made);
    assert.equal(made.received.length, handshakeSize);
    assert.equal(s0, 3);
    assert.equal(s1.readUInt32BE(4), 0);
    assert.deepEqual(s2, c0c1.subarray(1));
  },
);

wireCase("6.1 S1 is random: two connections get different bytes, none of them the client's", async ({ rtmp }) => {
  const made = await Promise.all([peer(rtmp), peer(rtmp)]);
  for (const each of made) each.write(c0c1);
  await until(() => made.every(answered), "both are answered");
  const [one, other] = made.map((each) => parts(each)[1].subarray(8));
  assert.ok(one && other && !one.equals(other));
  assert.ok(new Set(one).size > 200, "S1 has hardly a byte twice as often as it should");
  assert.ok(!one.equals(c0c1.subarray(9)));
});

for (const { layout, sumAt, base, digest, key } of [
  {
    layout: "772",
    sumAt: 772,
    base: 776,
    digest: "8e211aefe949d44221d8905aa6154973bcab5ecb43dc582f65b1de1c2f94e4d5",
    key: "be47901e0f17614f341c5874d282e921437abf14d7abc7583e1256bcde1e410c",
  },
  {
    layout: "8..11",
    sumAt: 8,
    base: 12,
    digest: "0b441119ef46c4660e578ac88d3bf4c2d8901ff9a39c94bb92cb345f63928860",
    key: "c9b4bfa8650743a87fbcce8ea87abcef69670756c531d6476d141e04ce15331f",
  },
]) {
  wireCase(
    `6.2 a C1 with a digest in the layout at ${layout} is answered in kind, S2 signed for it`,
    async ({ rtmp }) => {
      const c1 = syntheticC1(sumAt, base, bytes(digest));
      const made = await peer(rtmp);
      made.write("03", c1);
      await until(() => answered(made), "S0, S1 and S2 are there");
      const [, s1, s2] = parts(made);
      assert.notEqual(s1.readUInt32BE(4), 0);
      const at = digestAt(s1, sumAt, base);
      const rest = Buffer.concat([s1.subarray(0, at), s1.subarray(at + 32)]);
      assert.deepEqual(s1.subarray(at, at + 32), hmac(Buffer.from("Genuine Adobe Flash Media Server 001"), rest));
      assert.deepEqual(s2.subarray(1504), hmac(bytes(key), s2.subarray(0, 1504)));
      made.write(randomBytes(1536), connectBytes);
      assert.equal((await made.answer(1)).name, "_result");
    },
  );
}

wireCase(
  "6.2 FFmpeg's own C0 and C1, which are always the same, are answered with its digest's key",
  async ({ rtmp }) => {
    const first = ffmpegC0C1();
    assert.equal(
      createHash("sha256").update(first).digest("hex"),
      "0a95cb7194f06f14a12c986e1474157850a5a2aee174ebc957c0ef56cd9f0ba7",
    );
    const made = await peer(rtmp);
    made.write(first);
    await until(() => answered(made), "S0, S1 and S2 are there");
    const [, s1, s2] = parts(made);
    const key = bytes("47e29796112deb386c6c4500f516dbe1f6a1fc4fed4410545e8f19e418bc043a");
    assert.notEqual(s1.readUInt32BE(4), 0);
    assert.deepEqual(s2.subarray(1504), hmac(key, s2.subarray(0, 1504)));
    made.write(randomBytes(1536), connectBytes);
    assert.equal((await made.answer(1)).name, "_result");
  },
);

wireCase(
  "6.2 a C1 with a version but no digest is answered plainly: zero version, and nothing of C1 in S1",
  async ({ rtmp }) => {
    const made = await peer(rtmp);
    const c1 = Buffer.concat([bytes("00000000 80000702"), randomBytes(1528)]);
    made.write("03", c1);
    await until(() => answered(made), "S0, S1 and S2 are there");
    const [, s1, s2] = parts(made);
    assert.equal(s1.readUInt32BE(4), 0);
    assert.ok(!s1.subarray(8, 72).equals(c1.subarray(8, 72)));
    assert.deepEqual(s2.subarray(8), c1.subarray(8));
    made.write(s1, connectBytes);
    assert.equal((await made.answer(1)).name, "_result");
  },
);

const whole = (c2: Buffer) => Buffer.concat([c0c1, c2, connectBytes]);

wireCase("6.3 C0, C1, C2 and connect make the same session however they are cut", async ({ rtmp }) => {
  const cuts = [
    ["all at once, C2 before it can know S1", [whole(randomBytes(1536))]],
    ["C2 in one segment with connect", [c0c1, Buffer.concat([randomBytes(1536), connectBytes])]],
    ["cut inside C0C1, C2 and connect", cutAt(whole(randomBytes(1536)), 1, 700, 1537, 1538, 3072, 3073, 3074, 3080)],
    ["connect byte by byte", [c0c1, randomBytes(1536), ...cutEvery(connectBytes, 1)]],
  ] as const;
  const sessions: string[] = [];
  for (const [, pieces] of cuts) sessions.push(await answerTo(rtmp, pieces));
  const [first, ...others] = sessions;
  for (const each of others) assert.equal(each, first);
});

wireCase("6.3 a whole handshake in single bytes", async ({ rtmp }) => {
  const made = await peer(rtmp);
  for (const byte of whole(randomBytes(1536))) made.socket.write(Buffer.of(byte));
  assert.equal((await made.answer(1)).name, "_result");
});

wireCase("6.3 no command is heard before C2 is whole", async ({ rtmp }) => {
  const made = await peer(rtmp);
  made.write(c0c1);
  await until(() => answered(made), "S0, S1 and S2 are there");
  made.write(randomBytes(1535));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(made.received.length, handshakeSize);
  made.write("00", connectBytes);
  assert.equal((await made.answer(1)).name, "_result");
});

for (const [what, first, says] of [
  ["HTTP", "47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a 0d 0a", /HTTP/],
  ["TLS", "16 03 01 02 00 01 00 01 fc 03 03", /TLS/],
  ["RTMPE", "06", /RTMPE/],
  ["RTMPE with Blowfish", "09", /RTMPE/],
  ["a byte that nothing begins with", "ff", /another protocol/],
] as const) {
  wireCase(`6.4 ${what} instead of C0 is closed at once, and logged once`, async ({ rtmp, host }) => {
    const made = await peer(rtmp);
    made.write(first);
    await until(() => made.closed, "the connection is closed");
    assert.equal(made.received.length, 0);
    const line = await logged(host, /connection closed/);
    assert.equal(line.code, "rtmp/version");
    assert.match(String(line.reason), says);
    assert.equal(host.lines.length, 1);
  });
}

wireCase("6.4 version 0 is answered with version 3", async ({ rtmp }) => {
  const made = await peer(rtmp);
  made.write("00", c0c1.subarray(1));
  await until(() => answered(made), "S0, S1 and S2 are there");
  assert.equal(made.received[0], 3);
});

const hasty = { handshakeTimeout: "1s", requestTimeout: "1500ms" };

for (const [what, drip] of [
  ["nothing at all", undefined],
  ["C0 and then nothing", "03"],
  ["a byte now and then", "03"],
] as const) {
  wireCase(
    `6.5 a peer that sends ${what} is closed by a deadline that no byte puts off`,
    async ({ rtmp, host }) => {
      const began = performance.now();
      const made = await peer(rtmp);
      if (drip) made.write(drip);
      const dripping = what.startsWith("a byte") ? setInterval(() => made.socket.write("\0"), 20) : undefined;
      await until(() => made.closed, "the connection is closed");
      clearInterval(dripping);
      const tookMs = performance.now() - began;
      assert.ok(tookMs >= 950, `closed after ${tookMs} ms`);
      assert.match(String((await logged(host, /connection closed/)).reason), /no handshake in time/);
      await until(() => host.admission.total === 0, "its place is free");
    },
    { rtmp: hasty },
  );
}

for (const [what, steps] of [
  ["no connect", async (made: Peer) => void (await made.shake())],
  ["connect, but neither publishes nor plays", async (made: Peer) => void (await made.connect())],
  [
    "createStream, but neither publishes nor plays",
    async (made: Peer) => void (await (await made.connect()).call("createStream")),
  ],
] as const) {
  wireCase(
    `6.5 a peer that shakes hands and sends ${what} is closed by a deadline`,
    async ({ rtmp, host }) => {
      const made = await peer(rtmp);
      await steps(made);
      await until(() => made.closed, "the connection is closed");
      assert.match(String((await logged(host, /connection closed/)).reason), /neither publishes nor plays/);
    },
    { rtmp: hasty },
  );
}

wireCase(
  "6.5 one address has only so many handshakes open, and a place is free again when one is over",
  async ({ rtmp, host }) => {
    const held = await Promise.all(Array.from({ length: 5 }, () => peer(rtmp)));
    await until(() => host.admission.total === 5, "five connections wait");
    const refused = await peer(rtmp);
    await until(() => refused.closed, "the sixth is refused");
    assert.equal(refused.received.length, 0);
    assert.equal((await logged(host, /refused/)).limit, "limits.handshakesPerAddress");
    await held[0]?.connect();
    const next = await peer(rtmp);
    await next.shake();
    for (const each of held) each.socket.destroy();
    await until(() => host.admission.total === 1, "the places are free");
  },
  { limits: { handshakesPerAddress: 5, trusted: [] } },
);

wireCase(
  "6.5 five hundred silent sockets keep no one out, and are all gone after the deadline",
  async (server) => {
    const silent = await Promise.all(Array.from({ length: 500 }, () => peer(server.rtmp)));
    for (const each of silent) each.write("03");
    await (await peer(server.rtmp)).connect();
    assert.ok(!silent.every(({ closed }) => closed), "it did not have to wait for them");
    await until(() => silent.every(({ closed }) => closed), "all are closed");
  },
  { rtmp: { handshakeTimeout: "4s" } },
);

wireCase("6.5 whoever goes away, at any place and in any way, leaves nothing behind", async ({ rtmp, host }) => {
  const session = whole(randomBytes(1536));
  for (const [index, length] of [0, 1, 2, 800, 1537, 1538, 3000, 3073, 3074, 3085, 3100, session.length].entries()) {
    const made = await peer(rtmp);
    made.write(session.subarray(0, length));
    if (index % 2 === 0) made.socket.resetAndDestroy();
    else made.socket.end();
    if (!made.closed) await once(made.socket, "close");
  }
  await until(() => host.admission.total === 0, "no connection is left");
  assert.deepEqual(
    host.lines.filter(({ level }) => level === "error"),
    [],
  );
});

/** The bytes that answer connect, however its pieces come. */
async function answerTo(port: number, pieces: readonly Uint8Array[]): Promise<string> {
  const made = await peer(port);
  for (const piece of pieces) {
    made.socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await made.answer(1);
  return made.received.subarray(handshakeSize).toString("hex");
}

function parts({ received }: Peer): [number, Buffer, Buffer] {
  return [received[0] ?? 0, received.subarray(1, 1537), received.subarray(1537, handshakeSize)];
}

/** Time 0, a version, byte i = 7i + 3, and the digest where the sum of four bytes says. */
function syntheticC1(sumAt: number, base: number, digest: Buffer): Buffer {
  const c1 = Buffer.from(Array.from({ length: 1536 }, (_, index) => (7 * index + 3) % 256));
  c1.writeUInt32BE(0, 0);
  c1.writeUInt32BE(0x80000702, 4);
  digest.copy(c1, digestAt(c1, sumAt, base));
  return c1;
}

/** What FFmpeg's generator makes of its constant seed, the digest in the layout at 8..11. */
function ffmpegC0C1(): Buffer {
  const state = new Uint32Array(64);
  const block = Buffer.alloc(16);
  for (let index = 8; index < 64; index += 4) {
    block.writeUInt32LE(0xdeadc0de);
    block[4] = index;
    createHash("md5").update(block).digest().copy(block);
    for (let word = 0; word < 4; word++) state[index + word] = block.readUInt32LE(word * 4);
  }
  const made = Buffer.concat([bytes("03 00000000 09007c02"), Buffer.alloc(1528)]);
  for (let index = 0; index < 1528; index++) {
    const next = (state[(index - 24) & 63] ?? 0) + (state[(index - 55) & 63] ?? 0);
    state[index & 63] = next;
    made[9 + index] = (next >>> 0) / 2 ** 24;
  }
  const digest = bytes("650bfb9b65f953d848e3456965d0d76b627a84e35e9ddabd8b43f0fadaee458c");
  digest.copy(made, 1 + digestAt(made.subarray(1), 8, 12));
  return made;
}

function digestAt(half: Buffer, sumAt: number, base: number): number {
  return (half.subarray(sumAt, sumAt + 4).reduce((sum, byte) => sum + byte, 0) % 728) + base;
}

function cutAt(data: Buffer, ...places: number[]): Buffer[] {
  return [0, ...places].map((from, index) => data.subarray(from, places[index] ?? data.length));
}

function cutEvery(data: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(data.length / size) }, (_, index) =>
    data.subarray(index * size, (index + 1) * size),
  );
}
