import assert from "node:assert/strict";
import test from "node:test";
import { WaitingLine } from "./waiting-line.ts";

const never = new AbortController().signal;

test("who waits is let in in order, one for each that leaves", async () => {
  const line = new WaitingLine();
  assert.equal(line.enter(1, 2, never), true);
  const order: number[] = [];
  const waiting = [1, 2].map(async (each) => {
    assert.equal(await line.enter(1, 2, never), true);
    order.push(each);
  });
  assert.equal(line.enter(1, 2, never), false, "the line is full");
  line.leave(1);
  await waiting[0];
  assert.deepEqual(order, [1]);
  line.leave(1);
  await waiting[1];
  line.leave(1);
  assert.equal(line.enter(1, 0, never), true, "nobody is inside any more");
});

test("who gives up waiting takes no place", async () => {
  const line = new WaitingLine();
  assert.equal(line.enter(1, 0, never), true);
  const patience = new AbortController();
  const waiting = line.enter(1, 1, patience.signal);
  patience.abort();
  assert.equal(await waiting, false);
  line.leave(1);
  assert.equal(line.enter(1, 0, never), true);
  assert.equal(line.enter(2, 0, patience.signal), false, "and does not begin to");
});

test("where there are fewer places than before, some leave before the next comes in", async () => {
  const line = new WaitingLine();
  for (let count = 0; count < 3; count++) assert.equal(line.enter(3, 0, never), true);
  let entered = false;
  const waiting = Promise.resolve(line.enter(1, 1, never)).then(() => {
    entered = true;
  });
  line.leave(1);
  line.leave(1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(entered, false);
  line.leave(1);
  await waiting;
});
