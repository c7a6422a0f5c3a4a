import assert from "node:assert/strict";
import { Writable } from "node:stream";
import test, { type TestContext } from "node:test";
import type { VideoTrack } from "@sluice/media";
import { published } from "../../testing/published.ts";
import { textFormat } from "../../testing/sink.ts";
import { config, synthetic, video, videoTrack } from "../../testing/synthetic.ts";
import type { Cursor } from "./cursor.ts";
import type { PathSeen, Paths } from "./paths.ts";
import type { Rung } from "./rung.ts";
import { Seats } from "./seats.ts";
import type { Stream } from "./stream.ts";
import type { Wish } from "./wish.ts";

/** A stream of 4 Mbit/s with rungs of 1 Mbit/s and 250 kbit/s, groups of a second, and a clock that the test turns. */
class Show {
  readonly stream: Stream;
  readonly rungs: readonly Rung[];
  readonly seats: Seats;
  readonly limited: number[] = [];
  /** How often the kernel was asked. */
  asked = 0;
  windowMs = 0;
  seen: PathSeen | undefined;
  readonly #append: (frames: Iterable<Parameters<Rung["append"]>[0]>) => void;
  #frame = 0;

  constructor(t: TestContext) {
    t.mock.method(performance, "now", () => this.atMs);
    const { stream, source } = published(t);
    this.stream = stream;
    this.#append = (frames) => {
      for (const each of frames) source.append(each);
    };
    const plan = (height: number, bitrate: number) =>
      ({ name: `${height}p`, width: height * 2, height, bitrate, codec: "h264" }) as const;
    this.stream.ladder.plan([plan(480, 1_000_000), plan(240, 250_000)]);
    this.rungs = this.stream.ladder.rungs;
    const paths: Paths = {
      tune: () => {},
      limit: (_socket, bitrate) => this.limited.push(bitrate) > 1, // at first the kernel cannot be asked yet
      look: () => {
        this.asked++;
        return this.seen;
      },
    };
    this.seats = new Seats(this.stream.ladder, paths, () => this.windowMs);
  }

  get atMs(): number {
    return 10_000 + this.#frame * 40;
  }

  /** Frames are 20,000 bytes in the source, and as many as the rung's bitrate says in a rung. */
  play(frames: number, each: () => void = () => {}, rungs = this.rungs): void {
    for (const end = this.#frame + frames; this.#frame < end; this.#frame++) {
      this.#append(synthetic(1, { from: this.#frame, gop: 25, frameBytes: 20_000 }));
      for (const rung of rungs) this.#make(rung);
      this.stream.ladder.source.advance();
      for (const { audience } of this.rungs) audience.advance();
      for (const cursor of this.cursors) cursor.flush();
      each();
      if (this.#frame % 6 === 5) this.seats.look();
    }
  }

  get cursors(): Cursor[] {
    return [this.stream.ladder.source, ...this.rungs.map(({ audience }) => audience)].flatMap(({ cursors }) => [
      ...cursors,
    ]);
  }

  watch(wish?: Wish) {
    const socket = new NarrowSocket();
    const format = { ...textFormat(), encode: ({ data }: { data: Uint8Array }) => data };
    const sound = {
      ...format,
      key: "sound",
      encode: ({ track, data }: Parameters<typeof format.encode>[0] & { track: { kind: string } }) =>
        track.kind === "video" ? new Uint8Array() : data,
    };
    const cursor = this.stream.join({ ...format, sound: () => sound }, socket, { ended: () => {} }, { wish });
    return { socket, cursor };
  }

  #make(rung: Rung): void {
    const track: VideoTrack = { ...videoTrack, width: rung.plan.width, height: rung.plan.height };
    const group = this.stream.log.newestGroup;
    if (!rung.live && group) {
      rung.begin(group);
      rung.append({ ...config(track), dtsUs: group.dtsUs, ptsUs: group.dtsUs });
    }
    const data = new Uint8Array(rung.plan.bitrate / 8 / 25);
    rung.append({ ...video(this.#frame * 40, this.#frame % 25 === 0, data), track });
  }
}

function nameOf({ stream }: Show, cursor: Cursor): string {
  return stream.ladder.rungs.find(({ audience }) => audience === cursor.reads)?.name ?? "source";
}

/** A socket whose kernel takes so much at once as its path has carried away. */
class NarrowSocket extends Writable {
  #room = Number.POSITIVE_INFINITY;
  #waiting: { bytes: number; done: () => void } | undefined;

  constructor() {
    super({ highWaterMark: 16 * 1024 });
  }

  /** From now on it takes this much, and what was not used before is lost. */
  carry(bytes: number): void {
    this.#room = bytes;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) this.#take(waiting.bytes, waiting.done);
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.#take(chunk.length, callback);
  }

  #take(bytes: number, done: () => void): void {
    const rest = Math.max(0, bytes - this.#room);
    this.#room = Math.max(0, this.#room - bytes);
    if (rest > 0) this.#waiting = { bytes: rest, done };
    else done();
  }
}

/** Its path carries so many bits a second. */
function narrow(socket: NarrowSocket, bitrate: number): () => void {
  return () => socket.carry((bitrate / 8) * 0.04);
}

/** Its path carries everything. */
function wide(socket: NarrowSocket): () => void {
  return () => socket.carry(Number.POSITIVE_INFINITY);
}

test("a viewer whose path becomes narrow goes to the rung that it carries, and back when it is wide again", (t) => {
  const show = new Show(t);
  const { socket, cursor } = show.watch();
  show.play(75);
  assert.equal(nameOf(show, cursor), "source");
  show.play(100, narrow(socket, 1_600_000));
  assert.equal(nameOf(show, cursor), "480p");
  show.play(100, narrow(socket, 400_000));
  assert.equal(nameOf(show, cursor), "240p");
  show.play(20 * 25, wide(socket));
  assert.equal(nameOf(show, cursor), "source");
  assert.equal(cursor.skips, 0);
});

test("as much may be under way as the viewer's quality needs, said once for each", (t) => {
  const show = new Show(t);
  const { socket } = show.watch();
  show.play(75);
  show.play(100, narrow(socket, 1_600_000));
  const [first = 0, again = 0, lower = 0, ...others] = show.limited;
  assert.ok(Math.abs(first - 4_000_000) < 200_000 && Math.abs(again - 4_000_000) < 200_000, `${show.limited}`);
  assert.ok(Math.abs(lower - 1_000_000) < 100_000, `${show.limited}`);
  assert.deepEqual(others, []);
});

test("more may be under way where packets wait longer for a common write", (t) => {
  const show = new Show(t);
  show.watch();
  show.play(150);
  const before = show.limited.length;
  show.windowMs = 30;
  show.play(50);
  assert.equal(show.limited.length, before);
  show.windowMs = 300;
  show.play(50);
  assert.equal(show.limited.length, before + 1);
});

test("nobody is moved whose path carries what it has", (t) => {
  const show = new Show(t);
  const { cursor } = show.watch();
  show.play(500);
  assert.equal(nameOf(show, cursor), "source");
  assert.equal(cursor.seat?.choice, "source");
});

test("who wants one rung has that one, whatever its path carries; and the source while it is not made", (t) => {
  const show = new Show(t);
  show.play(30);
  const pinned = show.watch({ rung: "480p" });
  assert.equal(nameOf(show, pinned.cursor), "480p");
  show.play(100, narrow(pinned.socket, 300_000));
  assert.equal(nameOf(show, pinned.cursor), "480p");
  show.rungs[0]?.stop();
  assert.equal(nameOf(show, pinned.cursor), "source");
  const [, lower] = show.rungs;
  show.play(60, wide(pinned.socket), lower ? [lower] : []);
  assert.equal(nameOf(show, pinned.cursor), "source");
  show.play(60, wide(pinned.socket));
  assert.equal(nameOf(show, pinned.cursor), "480p");
});

test("a cap leaves out what is dearer", (t) => {
  const show = new Show(t);
  show.play(60);
  const { cursor } = show.watch({ maxBitrate: 600_000 });
  show.play(60);
  assert.equal(nameOf(show, cursor), "240p");
});

test("who cannot be moved stays, and says that a rung is wanted", (t) => {
  const show = new Show(t);
  show.play(60);
  const { socket, cursor } = show.watch({ adaptive: false });
  show.play(100, narrow(socket, 300_000));
  assert.equal(nameOf(show, cursor), "source");
});

test("a rung that is wanted and not made says so to who makes it", (t) => {
  const show = new Show(t);
  show.play(60, undefined, []);
  assert.equal(show.stream.ladder.wantedAt, Number.NEGATIVE_INFINITY);
  let told = 0;
  show.stream.ladder.onChange(() => told++);
  const { socket } = show.watch();
  show.play(40, narrow(socket, 300_000), []);
  assert.equal(told, 1);
  assert.ok(show.stream.ladder.wantedAt > 0);
});

test("who has the best is looked at half as often while nothing queues, and at once when the socket is full", (t) => {
  const show = new Show(t);
  show.seen = { pathBitrate: undefined, busyMs: 10, unackedBytes: 0, roundTripMs: 10 };
  const { socket, cursor } = show.watch();
  show.play(150);
  const asked = (frames: number, path?: () => void) => {
    const before = show.asked;
    show.play(frames, path);
    return show.asked - before;
  };
  assert.equal(asked(120), 10, "in 20 looks");
  assert.ok(asked(24, narrow(socket, 400_000)) >= 3, "in 4");
  assert.equal(nameOf(show, cursor), "source");
});
