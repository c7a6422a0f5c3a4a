import assert from "node:assert/strict";
import test from "node:test";
import { type Open, refused } from "./opened.ts";

export function deadLetterTests(database: string, open: Open): void {
  const letter = (event: string) => ({
    hook: "0123456789abcdef",
    event,
    kind: "stream",
    body: `{"text":"\\u0000 é"}`,
    attempts: 6,
    reason: "no answer in time",
  });

  test(`${database}: dead letters are read from the newest back, one by one, and removed`, async (t) => {
    const { records, clock } = await open(t);
    const { deadLetters } = records;
    await deadLetters.add([]);
    await deadLetters.add([letter("1"), letter("2")]);
    await deadLetters.add([letter("3")]);
    const first = await deadLetters.page({ limit: 2 });
    assert.deepEqual(
      first.items.map(({ event }) => event),
      ["3", "2"],
    );
    const { items: rest, next } = await deadLetters.page({ limit: 2, after: first.next });
    assert.equal(next, undefined);
    const [oldest] = rest;
    assert.ok(oldest);
    assert.deepEqual(oldest, { ...letter("1"), id: oldest.id, at: clock.now });
    assert.deepEqual(await deadLetters.get(oldest.id), oldest);
    assert.deepEqual([await deadLetters.remove(oldest.id), await deadLetters.remove(oldest.id)], [true, false]);
    assert.equal(await deadLetters.get(oldest.id), undefined);
    assert.equal(await deadLetters.get("\u0000"), undefined);
    assert.equal(await deadLetters.remove("?"), false);
    await refused(deadLetters.add([{ ...letter("4"), reason: "two\nlines" }]), "records/invalid");
  });

  test(`${database}: of dead letters the newest thousand are kept`, async (t) => {
    const { deadLetters } = (await open(t)).records;
    const many = Array.from({ length: 700 }, (_, index) => letter(`${index}`));
    await deadLetters.add(many);
    await deadLetters.add(many.map((each) => ({ ...each, kind: "transcoder" })));
    const kinds: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await deadLetters.page({ limit: 500, after });
      kinds.push(...page.items.map(({ kind }) => kind));
      after = page.next;
      if (after === undefined) break;
    }
    assert.equal(kinds.length, 1_000);
    assert.equal(kinds.filter((kind) => kind === "transcoder").length, 700);
  });
}
