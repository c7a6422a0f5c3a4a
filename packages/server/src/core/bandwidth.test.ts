import assert from "node:assert/strict";
import test from "node:test";
import type { AccessRequest } from "./access.ts";
import { Bandwidth, type BandwidthLimits } from "./bandwidth.ts";
import { Events } from "./events.ts";
import { Sessions } from "./sessions.ts";
import { streamName } from "./stream-name.ts";

const mega = 1e6;
const none: BandwidthLimits = { publisher: 0, viewer: 0, total: 0, app: () => 0, none: false };
const stream = streamName("live", "cam") ?? assert.fail();
const play: AccessRequest = {
  action: "play",
  stream,
  protocol: "test",
  address: "192.0.2.1",
  query: new Map(),
  headers: new Map(),
};

function watched(t: test.TestContext, limits: Partial<BandwidthLimits>) {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const sessions = new Sessions(log, new Events());
  const bandwidth = new Bandwidth(sessions, () => ({ ...none, ...limits }));
  t.after(() => {
    bandwidth.close();
    sessions.grants.close();
  });
  const open = (role: "viewer" | "publisher", bitsEachSecond: number, bitrate?: number) => {
    const state = { bytes: 0, closed: "", ended: (_reason: string) => {} };
    state.ended = sessions.open({
      protocol: "test",
      role,
      stream,
      address: "192.0.2.1",
      grant: { allowed: true, ...(bitrate === undefined ? {} : { bitrate }) },
      figures: () => ({ bytes: state.bytes }),
      close: (reason) => {
        state.closed = reason;
        state.ended(reason);
      },
    });
    const second = () => {
      state.bytes += bitsEachSecond / 8;
    };
    return { state, second };
  };
  return { bandwidth, open };
}

test("a session that carries more than it may over ten seconds is ended, one that does so for a moment is not", (t) => {
  const { bandwidth, open } = watched(t, { publisher: 2 * mega, viewer: 1 * mega });
  const sessions = [open("publisher", 2.5 * mega), open("publisher", 1.9 * mega), open("viewer", 1.2 * mega)];
  const burst = open("viewer", 0);
  burst.state.bytes = (9 * mega) / 8;
  for (let second = 0; second < 12; second++) {
    for (const each of sessions) each.second();
    bandwidth.measure();
  }
  assert.deepEqual(
    sessions.map(({ state }) => state.closed),
    ["more than 2.0 Mbit/s", "", "more than 1.0 Mbit/s"],
  );
  assert.equal(burst.state.closed, "");
});

test("where no limit is set, a right that says how much it is for counts all the same", (t) => {
  const { bandwidth, open } = watched(t, { none: true });
  const [free, bound] = [open("viewer", 3 * mega), open("viewer", 0.9 * mega, 0.5 * mega)];
  for (let second = 0; second < 12; second++) {
    free.second();
    bound.second();
    bandwidth.measure();
  }
  assert.deepEqual([free.state.closed, bound.state.closed], ["", "more than 0.5 Mbit/s"]);
});

test("a limit that is set while a session runs does not count what it carried before", (t) => {
  const limits = { none: true, viewer: 1 * mega };
  const { bandwidth, open } = watched(t, limits);
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const viewer = open("viewer", 0.5 * mega);
  viewer.state.bytes = 1_000 * mega;
  t.mock.timers.tick(3_600_000);
  bandwidth.measure();
  limits.none = false;
  for (let second = 0; second < 12; second++) {
    viewer.second();
    bandwidth.measure();
  }
  assert.equal(viewer.state.closed, "");
});

test("a right that says how much it is for counts instead of the limit for all", (t) => {
  const { bandwidth, open } = watched(t, { viewer: 1 * mega });
  const [much, little] = [open("viewer", 3 * mega, 4 * mega), open("viewer", 0.9 * mega, 0.5 * mega)];
  for (let second = 0; second < 12; second++) {
    much.second();
    little.second();
    bandwidth.measure();
  }
  assert.deepEqual([much.state.closed, little.state.closed], ["", "more than 0.5 Mbit/s"]);
});

test("no more viewers come in while the limit for the app or for all is used up; publishers do", (t) => {
  const app = watched(t, { app: (name) => (name === "live" ? 1 * mega : 0) });
  const viewer = app.open("viewer", 1.5 * mega);
  assert.equal(app.bandwidth.refusal(play), undefined);
  viewer.second();
  app.bandwidth.measure();
  assert.equal(app.bandwidth.refusal(play)?.rule, "limits/app-bandwidth");
  assert.equal(app.bandwidth.refusal({ ...play, action: "publish" }), undefined);
  viewer.state.ended("left");
  app.bandwidth.measure();
  assert.equal(app.bandwidth.refusal(play), undefined);
  const all = watched(t, { total: 1 * mega });
  const other = all.open("viewer", 1.5 * mega);
  other.second();
  all.bandwidth.measure();
  assert.equal(all.bandwidth.refusal(play)?.rule, "limits/bandwidth");
});
