import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { type Open, refused } from "./opened.ts";

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

/** Stream keys and API tokens. */
export function secretTests(database: string, open: Open): void {
  test(`${database}: a stream key is found by its hash and its user, changes, and goes`, async (t) => {
    const { records, clock } = await open(t);
    const { streamKeys } = records;
    const plain = { label: "", app: "live", stream: "cam-*", secretHash: hashOf("a") };
    const simple = await streamKeys.create(plain);
    assert.deepEqual(simple, { ...plain, id: simple.id, createdAt: clock.now });
    const full = {
      label: "Studio Ü ✓",
      app: "a/b",
      stream: "cam",
      secretHash: hashOf("b"),
      expiresAt: clock.now + 5,
      user: "studio",
      adobeSalt: "s",
      adobeHash: "h==",
      llnwHash: "l",
    };
    const studio = await streamKeys.create(full);
    assert.deepEqual(await streamKeys.byHash(hashOf("b")), { ...full, id: studio.id, createdAt: clock.now });
    assert.deepEqual(await streamKeys.byUser("studio"), studio);
    assert.equal(await streamKeys.byHash(hashOf("c")), undefined);
    assert.equal(await streamKeys.byUser("nobody"), undefined);

    clock.now += 10;
    const changed = await streamKeys.update(studio.id, {
      label: "Other",
      secretHash: hashOf("d"),
      expiresAt: null,
      user: null,
      adobeSalt: null,
      adobeHash: null,
      llnwHash: null,
      disabled: true,
    });
    const { id, createdAt } = studio;
    const left = { id, label: "Other", app: "a/b", stream: "cam", secretHash: hashOf("d"), createdAt };
    assert.deepEqual(changed, { ...left, disabledAt: clock.now });
    assert.deepEqual(await streamKeys.update(id, { disabled: false }), left);
    assert.deepEqual(await streamKeys.update(id, {}), left);
    assert.equal(await streamKeys.byHash(hashOf("b")), undefined);
    assert.equal(await streamKeys.remove(id), true);
    assert.equal(await streamKeys.remove(id), false);
    assert.equal(await streamKeys.update(id, { label: "x" }), undefined);
  });

  test(`${database}: stream keys are listed by app and stream`, async (t) => {
    const { streamKeys } = (await open(t)).records;
    const places = [
      ["live", "a"],
      ["live", "a"],
      ["live", "*"],
      ["other", "a"],
    ] as const;
    for (const [index, [app, stream]] of places.entries())
      await streamKeys.create({ label: `${index}`, app, stream, secretHash: hashOf(`${index}`) });
    const labels = async (...filter: Parameters<typeof streamKeys.list>) =>
      (await streamKeys.list(...filter)).items.map(({ label }) => label).join("");
    assert.equal(await labels(), "0123");
    assert.equal(await labels({ app: "live" }), "012");
    assert.equal(await labels({ app: "live", stream: "a" }), "01");
    assert.equal(await labels({ stream: "*" }), "2");
    assert.equal(await labels({ app: "' or 1=1", stream: "\u0000" }), "");
    const { next } = await streamKeys.list({ app: "live", limit: 2 });
    assert.equal(await labels({ app: "live", limit: 2, after: next }), "2");
  });

  test(`${database}: a stream key that could not be one is refused`, async (t) => {
    const { records, clock } = await open(t);
    const { streamKeys } = records;
    const good = { label: "l", app: "live", stream: "cam", secretHash: hashOf("x"), user: "u" };
    const { id } = await streamKeys.create(good);
    await refused(streamKeys.create({ ...good, user: "v" }), "records/taken");
    await refused(streamKeys.create({ ...good, secretHash: hashOf("y") }), "records/taken");
    const bad = [
      { label: "x".repeat(129) },
      { label: "two\nlines" },
      { label: "half \ud800" },
      { app: "" },
      { app: "a//b" },
      { stream: "a/b" },
      { stream: "x".repeat(129) },
      { secretHash: "the-plain-secret" },
      { secretHash: hashOf("x").toUpperCase() },
      { user: "" },
      { adobeHash: "x".repeat(129) },
      { expiresAt: -1 },
      { expiresAt: clock.now + 0.5 },
      { expiresAt: Number.NaN },
    ];
    for (const each of bad) {
      const said = await refused(streamKeys.create({ ...good, secretHash: hashOf("z"), ...each }), "records/invalid");
      assert.ok(!said.includes("plain-secret"));
    }
    await refused(streamKeys.update(id, { secretHash: "the-plain-secret" }), "records/invalid");
    await refused(streamKeys.update(id, { expiresAt: 1.5 }), "records/invalid");
    assert.equal((await streamKeys.list()).items.length, 1);
  });

  test(`${database}: an API token is found by its hash, is touched, and goes with its account`, async (t) => {
    const { records, clock } = await open(t);
    const { accounts, apiTokens } = records;
    const { id: accountId } = await accounts.create({ name: "a", passwordHash: "h", role: "operator" });
    const { id: otherId } = await accounts.create({ name: "b", passwordHash: "h", role: "operator" });
    const made = { accountId, label: "ci", secretHash: hashOf("t"), scopes: ["streams:read", "keys:*"] };
    const token = await apiTokens.create({ ...made, expiresAt: clock.now + 1 });
    const { id } = token;
    assert.deepEqual(token, { ...made, id, createdAt: clock.now, expiresAt: clock.now + 1 });
    assert.deepEqual(await apiTokens.byHash(hashOf("t")), token);
    assert.equal(await apiTokens.byHash("t"), undefined);

    const lastUse = async () => (await apiTokens.byHash(hashOf("t")))?.lastUsedAt;
    const used = clock.now;
    await apiTokens.touch(id);
    clock.now += 59_999;
    await apiTokens.touch(id);
    assert.equal(await lastUse(), used, "within the minute nothing is written");
    clock.now += 1;
    await apiTokens.touch(id);
    assert.equal(await lastUse(), clock.now);
    await apiTokens.touch("nobody");

    const other = await apiTokens.create({ accountId: otherId, label: "", secretHash: hashOf("o"), scopes: [] });
    assert.deepEqual((await apiTokens.list({ accountId: otherId })).items, [other]);
    assert.deepEqual((await apiTokens.list({ accountId: "x" })).items, []);
    assert.equal((await apiTokens.list()).items.length, 2);
    assert.equal(await apiTokens.remove(other.id), true);
    assert.equal(await apiTokens.remove(other.id), false);
    assert.equal(await accounts.remove(accountId), true);
    assert.equal(await apiTokens.byHash(hashOf("t")), undefined);

    await refused(apiTokens.create(made), "records/missing");
    await refused(apiTokens.create({ ...made, accountId: "\u0000" }), "records/invalid");
    await refused(apiTokens.create({ ...made, scopes: ["A b"] }), "records/invalid");
    await refused(apiTokens.create({ ...made, scopes: Array.from({ length: 33 }, () => "x") }), "records/invalid");
    await refused(apiTokens.create({ ...made, secretHash: "t" }), "records/invalid");
  });
}
