import assert from "node:assert/strict";
import test from "node:test";
import { Pictures } from "./pictures.ts";

const picture = (timeUs: number, bytes = 10) => ({ jpeg: new Uint8Array(bytes), timeUs });
const times = (pictures: Pictures) => pictures.all.map(({ timeUs }) => timeUs);

test("pictures are kept in order, and found by their time", () => {
  const pictures = new Pictures();
  assert.deepEqual(times(pictures), []);
  for (const each of [1, 5, 3, 5, 9]) pictures.add(picture(each));
  assert.deepEqual(times(pictures), [1, 5, 9]);
  assert.equal(pictures.newest?.timeUs, 9);
  assert.equal(pictures.at(5)?.timeUs, 5);
  assert.equal(pictures.at(4), undefined);
});

test("pictures of what is not kept any more go", () => {
  const pictures = new Pictures();
  for (const each of [1, 2, 3, 4]) pictures.add(picture(each));
  pictures.add(picture(5), 3);
  assert.deepEqual(times(pictures), [3, 4, 5]);
});

test("too many are thinned out, the newest stays, and they reach back as before", () => {
  const pictures = new Pictures({ count: 4, bytes: 1000 });
  for (let time = 0; time < 1000; time++) {
    pictures.add(picture(time));
    assert.ok(pictures.all.length <= 4);
    assert.equal(pictures.newest?.timeUs, time);
  }
  const [first = 0] = times(pictures);
  assert.ok(first < 900, "the oldest is not one of the last");
});

test("too many bytes likewise, and one picture that is too large is none", () => {
  const pictures = new Pictures({ count: 100, bytes: 100 });
  for (const each of [1, 2, 3]) pictures.add(picture(each, 40));
  assert.deepEqual(times(pictures), [1, 3]);
  pictures.add(picture(4, 101));
  assert.equal(pictures.newest?.timeUs, 3);
});
