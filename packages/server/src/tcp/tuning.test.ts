import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, createServer as createHttp2, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { Duplex, PassThrough } from "node:stream";
import test, { type TestContext } from "node:test";
import { connect as connectTls, createServer as createTls } from "node:tls";
import { testCertificate } from "../../testing/certificate.ts";
import { until } from "../../testing/host.ts";
import { throttledProxy } from "../../testing/throttled-proxy.ts";
import type { Log } from "../core/log.ts";
import { openKernel } from "./kernel.ts";
import type { TcpInfo } from "./tcp-info.ts";
import { openTcp } from "./tuning.ts";

const real = await openKernel().catch((error: Error) => error.message);
const skip = typeof real === "string" ? real : false;
const skipInfo = skip || (process.platform === "linux" ? false : "only Linux tells of a connection");

function lines() {
  const said: string[] = [];
  const log: Log = { debug: () => {}, info: () => {}, warn: (_, text) => void said.push(text), error: () => {} };
  return { said, log };
}

/** A kernel that does what is asked and tells what the test says. */
function fakeKernel(info: () => Partial<TcpInfo> = () => ({})) {
  const limited: number[] = [];
  const held: number[] = [];
  const nothing = {
    arrivedBytes: undefined,
    notSentBytes: undefined,
    inFlightBytes: undefined,
    busyUs: undefined,
    roundTripUs: undefined,
  };
  return {
    limited,
    held,
    limitNotSent: (fd: number) => limited.push(fd) > 0,
    limitHeld: (_fd: number, bytes: number) => held.push(bytes) > 0,
    info: () => ({ ...nothing, ...info() }),
  };
}

/** Both ends of a connection; ours is the server's. */
async function connected(t: TestContext, server: Server = createServer(), event = "connection"): Promise<Socket> {
  const accepted = once(server, event);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const peer =
    event === "connection" ? connect(port, "127.0.0.1") : connectTls({ port, rejectUnauthorized: false }).unref();
  peer.on("error", () => {}).pause();
  const [socket] = (await accepted) as [Socket];
  socket.on("error", () => {});
  t.after(() => {
    socket.destroy();
    peer.destroy();
    server.close();
  });
  return socket;
}

/** Writes piece by piece; how many bytes the socket has taken whose reader reads nothing. */
function writing(socket: Socket, most: number): { taken: number } {
  const state = { taken: 0 };
  const piece = Buffer.alloc(16 * 1024);
  const next = () => {
    if (state.taken >= most) return;
    socket.write(piece, (error) => {
      if (error) return;
      state.taken += piece.length;
      next();
    });
  };
  next();
  return state;
}

test("a socket that is tuned takes little that its reader does not", { skip }, async (t) => {
  const kernel = typeof real === "string" ? fakeKernel() : real;
  const tcp = openTcp(lines().log, async () => kernel);
  const plain = await connected(t);
  const tuned = await connected(t);
  const secure = await connected(t, createTls(await testCertificate("localhost")), "secureConnection");
  for (const socket of [tuned, secure]) tcp.tune(socket);
  await new Promise(setImmediate);
  const [few, fewToo] = [writing(tuned, 1024 * 1024), writing(secure, 1024 * 1024)];
  await until(() => few.taken > 0 && fewToo.taken > 0, "both have taken something");
  const many = writing(plain, 1024 * 1024);
  await until(() => many.taken >= 1024 * 1024, "a socket that is not tuned takes all");
  assert.ok(few.taken < 512 * 1024, `${few.taken} bytes`);
  assert.ok(fewToo.taken < 512 * 1024, `${fewToo.taken} bytes`);
});

test("the kernel holds for a viewer who reads nothing what may be under way, and decides itself where that is more than may be asked for", {
  skip: skipInfo,
}, async (t) => {
  const [bounded, free] = [openTcp(lines().log), openTcp(lines().log, () => openKernel(16 * 1024))];
  const [narrow, wide] = [await connected(t), await connected(t)];
  await until(() => bounded.limit(narrow, 1_000_000, 1), "the kernel can be asked, and has measured the way");
  await until(() => free.limit(wide, 1_000_000, 1), "the same of the other");
  const few = writing(narrow, 1024 * 1024);
  const many = writing(wide, 1024 * 1024);
  await until(() => many.taken >= 1024 * 1024, "what the kernel decides is more than that");
  assert.ok(few.taken > 0 && few.taken < 512 * 1024, `${few.taken} bytes`);
});

test("what is measured of a path is what it carries", { skip: skipInfo }, async (t) => {
  const { log, said } = lines();
  const tcp = openTcp(log);
  const server = createServer({ noDelay: true });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const proxy = await throttledProxy(t, (server.address() as AddressInfo).port, { bitrate: 2_000_000 });
  const accepted = once(server, "connection");
  const viewer = connect(proxy.port, "127.0.0.1").resume();
  const [socket] = (await accepted) as [Socket];
  t.after(() => {
    viewer.destroy();
    socket.destroy();
    server.close();
  });
  tcp.tune(socket);
  await until(() => tcp.look(socket)?.unackedBytes === 0, "the kernel can be asked");
  writing(socket, Number.POSITIVE_INFINITY);
  await until(() => (tcp.look(socket)?.unackedBytes ?? 0) > 16 * 1024, "something waits in the kernel");
  for (const bitrate of [2_000_000, 500_000]) {
    proxy.setRate(bitrate);
    let measured = 0;
    let askedAt = performance.now();
    await until(() => {
      if (performance.now() < askedAt + 1_000) return false;
      askedAt = performance.now();
      measured = tcp.look(socket)?.pathBitrate ?? 0;
      return measured > bitrate / 2 && measured < bitrate * 2;
    }, `${bitrate} bit/s are measured`);
  }
  assert.deepEqual(said, []);
});

test("a path's bitrate is what has arrived by the time in which anything was to", async (t) => {
  let info = { arrivedBytes: 1_000, busyUs: 0 };
  const tcp = openTcp(lines().log, async () => fakeKernel(() => info));
  const socket = await connected(t);
  tcp.tune(socket);
  await new Promise(setImmediate);
  assert.equal(tcp.look(socket)?.pathBitrate, undefined); // nothing to compare with
  info = { arrivedBytes: 126_000, busyUs: 500_000 };
  assert.equal(tcp.look(socket)?.pathBitrate, 2_000_000);
  info = { arrivedBytes: 226_000, busyUs: 540_000 };
  assert.equal(tcp.look(socket)?.pathBitrate, undefined); // too short to say
  info = { arrivedBytes: 226_000, busyUs: 1_040_000 };
  assert.equal(tcp.look(socket)?.pathBitrate, undefined); // acknowledgements may come later
  info = { arrivedBytes: 351_000, busyUs: 1_540_000 };
  assert.equal(tcp.look(socket)?.pathBitrate, 1_000_000);
  info = { arrivedBytes: 350_100, busyUs: 1_940_000 };
  assert.equal(tcp.look(socket)?.pathBitrate, undefined); // counted too much before
  info = { arrivedBytes: 351_000, busyUs: 2_540_000 };
  assert.equal(tcp.look(socket)?.pathBitrate, 0);
  info = { arrivedBytes: 351_000, busyUs: 3_540_000 };
  assert.equal(tcp.look(socket)?.pathBitrate, 0);
  t.mock.method(performance, "now", () => Number.MAX_SAFE_INTEGER);
  info = { arrivedBytes: 476_000, busyUs: 4_040_000 };
  assert.equal(tcp.look(socket)?.pathBitrate, undefined); // too long ago
  info = { arrivedBytes: 601_000, busyUs: 4_540_000 };
  assert.equal(tcp.look(socket)?.pathBitrate, 2_000_000);
});

test("what is not acknowledged is what is under way and what waits", async (t) => {
  const info = { inFlightBytes: 3_000, notSentBytes: 500, roundTripUs: 20_500 };
  const tcp = openTcp(lines().log, async () => fakeKernel(() => info));
  const socket = await connected(t);
  tcp.tune(socket);
  await new Promise(setImmediate);
  assert.deepEqual(tcp.look(socket), {
    pathBitrate: undefined,
    busyMs: undefined,
    unackedBytes: 3_500,
    roundTripMs: 20.5,
  });
});

test("as much may be under way as a path needs for a bitrate, there and back", async (t) => {
  const info = { roundTripUs: undefined as number | undefined };
  const kernel = fakeKernel(() => info);
  const tcp = openTcp(lines().log, async () => kernel);
  const socket = await connected(t);
  assert.equal(tcp.limit(socket, 4_000_000, 0.25), false); // the kernel cannot be asked yet
  tcp.tune(socket);
  await new Promise(setImmediate);
  assert.equal(tcp.limit(socket, 4_000_000, 0.25), false); // nor has it measured the way
  info.roundTripUs = 50_000;
  assert.equal(tcp.limit(socket, 4_000_000, 0.25), true);
  assert.equal(tcp.limit(socket, 100_000, 0.25), true);
  const told = (bytes: number) => Math.round(bytes * 0.625);
  assert.deepEqual(kernel.held, [told(500_000 * 0.35), told(48 * 1024)]);
});

test("nothing is asked of the kernel for what is no TCP connection, or none any more", async (t) => {
  const kernel = fakeKernel(() => ({ inFlightBytes: 0, notSentBytes: 0 }));
  const tcp = openTcp(lines().log, async () => kernel);
  const [gone, body] = [await connected(t), await http2Body(t)];
  gone.destroy();
  for (const each of [gone, body, new PassThrough(), new Duplex()]) {
    tcp.tune(each);
    await new Promise(setImmediate);
    assert.equal(tcp.look(each), undefined);
  }
  assert.deepEqual(kernel.limited, []);
});

async function http2Body(t: TestContext): Promise<ServerHttp2Stream> {
  const server = createHttp2();
  const asked = once(server, "stream");
  await once(server.listen(0, "127.0.0.1"), "listening");
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on("error", () => {});
  session.request().on("error", () => {});
  const [stream] = (await asked) as [ServerHttp2Stream];
  stream.on("error", () => {});
  t.after(() => {
    session.destroy();
    server.close();
  });
  return stream;
}

test("sockets that came before the kernel could be asked are tuned when it can, unless they have gone", async (t) => {
  const kernel = fakeKernel();
  let loads = 0;
  let opened = (_: typeof kernel) => {};
  const tcp = openTcp(lines().log, () => {
    loads++;
    return new Promise((resolve) => {
      opened = resolve;
    });
  });
  assert.equal(loads, 0);
  const [stays, goes, late] = [await connected(t), await connected(t), await connected(t)];
  tcp.tune(stays);
  tcp.tune(goes);
  goes.destroy();
  await once(goes, "close");
  assert.equal(tcp.look(stays), undefined);
  opened(kernel);
  await new Promise(setImmediate);
  assert.equal(kernel.limited.length, 1);
  tcp.tune(late);
  assert.equal(kernel.limited.length, 2);
  assert.equal(loads, 1);
});

test("where the kernel cannot be asked one line says so, and all goes on", async (t) => {
  const { log, said } = lines();
  const tcp = openTcp(log, () => Promise.reject(new Error("no binary for this platform")));
  const socket = await connected(t);
  tcp.tune(socket);
  await new Promise(setImmediate);
  tcp.tune(socket);
  assert.equal(tcp.look(socket), undefined);
  assert.deepEqual(said, [
    "the kernel cannot be asked about viewers' connections: it takes seconds longer to see that a viewer's network has become slow, and megabytes are held for each that has stopped",
  ]);
  writing(socket, 1024);
  await until(() => socket.bytesWritten > 0, "it can be written to");
});
