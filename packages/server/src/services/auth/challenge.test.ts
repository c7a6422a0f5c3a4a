import assert from "node:assert/strict";
import test from "node:test";
import { address } from "@sluice/rtmp";
import { challengeQuery } from "../../../testing/challenge-encoder.ts";
import type { AccessRequest, ConnectAnswer, ConnectRequest } from "../../core/access.ts";
import { streamName } from "../../core/stream-name.ts";
import {
  type ChallengeParts,
  type ChallengeUser,
  challengeConnect,
  challengeGrantId,
  challengeLink,
} from "./challenge.ts";
import { challengeHashes } from "./challenge-hashes.ts";
import { PendingChallenges } from "./pending-challenges.ts";

const password = "pass+word/=9";
const anna: ChallengeUser = {
  id: "7",
  user: "anna",
  app: "live",
  stream: "cam*",
  ...challengeHashes("anna", password),
};
const find = (user: string) => Promise.resolve(user === "anna" ? anna : undefined);

/** A server that asks, and an encoder that says its app, as librtmp writes it, with what it appends. */
function asking(more: Partial<ChallengeParts> = {}) {
  const failed: string[] = [];
  const connect = challengeConnect({
    find,
    asks: (app) => app.startsWith("live"),
    secret: Buffer.alloc(32, 1),
    failed: (_request, user) => void failed.push(user),
    ...more,
  });
  const say = (app: string) => Promise.resolve(connect(requestOf(app)));
  return { say, failed };
}

function requestOf(text: string): ConnectRequest {
  const { app, query } = address({ app: text, tcUrl: `rtmp://127.0.0.1/${text}` }, "");
  return { app, protocol: "rtmp", address: "127.0.0.1", query };
}

const refusal = (answer: ConnectAnswer) => ("refused" in answer ? answer.refused : assert.fail("it was let in"));
const ruleOf = (answer: ConnectAnswer) => ("refused" in answer ? answer.rule : undefined);

for (const mode of ["adobe", "llnw"] as const) {
  for (const app of ["live", "live/studio"]) {
    test(`${mode} for ${app}: the right password is let in after two questions`, async () => {
      const { say, failed } = asking({ offer: () => mode });
      const first = await say(app);
      assert.deepEqual(first, {
        refused: `[ AccessManager.Reject ] : [ code=403 need auth; authmod=${mode} ]`,
        rule: "challenge/needed",
        again: true,
      });
      const second = await say(`${app}?authmod=${mode}&user=anna`);
      assert.match(
        refusal(second),
        new RegExp(`^\\[ AccessManager.Reject \\] : \\[ authmod=${mode} \\] : \\?reason=needauth&user=anna&`),
      );
      assert.equal(ruleOf(second), "challenge/asked");
      assert.ok(refusal(second).length < 256, "FFmpeg reads 255 bytes");
      assert.deepEqual(await say(app + challengeQuery(refusal(second), password, app)), { user: "anna" });
      assert.deepEqual(failed, []);
    });

    test(`${mode} for ${app}: a wrong password is refused and counted`, async () => {
      const { say, failed } = asking();
      const asked = refusal(await say(`${app}?authmod=${mode}&user=anna`));
      assert.deepEqual(await say(app + challengeQuery(asked, `${password} `, app)), {
        refused: `[ AccessManager.Reject ] : [ authmod=${mode} ] : ?reason=authfailed`,
        rule: "challenge/wrong",
      });
      assert.deepEqual(failed, ["anna"]);
    });

    test(`${mode} for ${app}: an exchange that was captured is worth nothing`, async () => {
      const { say } = asking();
      const captured = app + challengeQuery(refusal(await say(`${app}?authmod=${mode}&user=anna`)), password, app);
      const fresh = refusal(await say(`${app}?authmod=${mode}&user=anna`));
      assert.deepEqual(await say(captured), { user: "anna" });
      assert.equal(ruleOf(await say(captured)), "challenge/wrong");
      const [, id] = /(?:opaque|nonce)=([\w-]+)/.exec(fresh) ?? [];
      const transplanted = captured.replace(/(opaque|nonce)=[\w-]+/, `$1=${id}`);
      assert.notEqual(transplanted, captured);
      assert.equal(ruleOf(await say(transplanted)), "challenge/wrong");
    });
  }

  test(`${mode}: challenges are fresh, and each is for one user, app and way`, async () => {
    const { say } = asking({ find: () => Promise.resolve(anna) });
    const ask = async () => refusal(await say(`live?authmod=${mode}&user=anna`));
    assert.equal(new Set(await Promise.all(Array.from({ length: 50 }, ask))).size, 50);
    const right = async () => challengeQuery(await ask(), password, "live");
    assert.equal(ruleOf(await say(`live/b${await right()}`)), "challenge/wrong");
    assert.equal(ruleOf(await say(`live${(await right()).replace("user=anna", "user=bert")}`)), "challenge/wrong");
    const other = mode === "adobe" ? "llnw" : "adobe";
    assert.equal(ruleOf(await say(`live${(await right()).replace(mode, other)}`)), "challenge/wrong");
    assert.deepEqual(await say(`live${await right()}`), { user: "anna" });
  });

  test(`${mode}: a wrong answer uses its challenge up, and so does a minute`, async () => {
    let time = 1_000;
    const { say } = asking({ clock: () => time });
    const asked = refusal(await say(`live?authmod=${mode}&user=anna`));
    const right = `live${challengeQuery(asked, password, "live")}`;
    assert.equal(ruleOf(await say(`live${challengeQuery(asked, "guess", "live")}`)), "challenge/wrong");
    assert.equal(ruleOf(await say(right)), "challenge/wrong");
    const late = `live${challengeQuery(refusal(await say(`live?authmod=${mode}&user=anna`)), password, "live")}`;
    time += 60_000;
    assert.equal(ruleOf(await say(late)), "challenge/wrong");
  });
}

test("an unknown user is asked and refused like a known one, with a salt that stays", async () => {
  const { say, failed } = asking();
  const form = /^(.*user=)\w+(&salt=)([\w-]{22})(&challenge=)[\w-]{22}(&opaque=)[\w-]{22}$/;
  const [known, first, second] = await Promise.all(
    ["anna", "nobody", "nobody"].map(async (user) => refusal(await say(`live?authmod=adobe&user=${user}`))),
  );
  const shape = (text = "") => text.replace(form, "$1$2$4$5");
  assert.match(known ?? "", form);
  assert.equal(shape(first), shape(known));
  assert.equal(form.exec(first ?? "")?.[3], form.exec(second ?? "")?.[3]);
  const elsewhere = asking({ secret: Buffer.alloc(32, 2) });
  const third = refusal(await elsewhere.say("live?authmod=adobe&user=nobody"));
  assert.notEqual(form.exec(third)?.[3], form.exec(first ?? "")?.[3], "only the secret tells the salt");
  const answer = await say(`live${challengeQuery(first ?? "", password, "live")}`);
  assert.equal(ruleOf(answer), "challenge/wrong");
  assert.equal(refusal(answer), "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed");
  assert.deepEqual(failed, ["nobody"]);
});

test("who computes with empty hashes, or shows nothing, is not let in", async () => {
  const { say } = asking();
  for (const query of [
    "authmod=adobe",
    "authmod=adobe&user=",
    "authmod=adobe&user=anna&response=",
    "authmod=adobe&user=nobody&response=&opaque=&challenge=",
    "authmod=llnw&user=anna&response=&nonce=&cnonce=&nc=",
    `authmod=adobe&user=anna&opaque=${"a".repeat(4000)}&response=${"b".repeat(4000)}`,
    "authmod=adobe&user=an%26na%00&response=x",
    "authmod=adobe&user=__proto__&response=x",
    "authmod=adobe&user=anna%0d%0a",
  ])
    assert.equal(ruleOf(await say(`live?${query}`)), "challenge/wrong", query);
});

test("a name that a description could not carry is never sent back", async () => {
  const { say, failed } = asking();
  for (const user of ["a%26salt=x", "a%20b", "%5B", "ü", "a".repeat(65)]) {
    const answer = refusal(await say(`live?authmod=adobe&user=${user}`));
    assert.equal(answer, "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed");
  }
  assert.equal(failed.length, 5);
  const longest = refusal(await say(`live?authmod=adobe&user=${"a".repeat(64)}`));
  assert.ok(longest.length < 256, `${longest.length} bytes`);
});

test("apps that do not ask, and connections that show a key or a token, are let in without a question", async () => {
  const { say } = asking();
  assert.deepEqual(await say("other"), {});
  assert.deepEqual(await say("other?authmod=adobe&user=anna"), {});
  assert.deepEqual(await say("live?key=abc"), {});
  assert.deepEqual(await say("live?token=abc"), {});
  assert.equal(ruleOf(await say("live?key=")), "challenge/needed");
  assert.equal(ruleOf(await say("live?authmod=digest")), "challenge/needed");
});

for (const [what, over] of [
  ["disabled", { disabledAt: 1 }],
  ["too old", { expiresAt: Date.now() - 1 }],
] as const) {
  test(`a user who is ${what} is refused when it connects and when it publishes`, async () => {
    const kept = { ...anna, ...over };
    const { say } = asking({ find: () => kept });
    const asked = refusal(await say("live?authmod=adobe&user=anna"));
    assert.equal(ruleOf(await say(`live${challengeQuery(asked, password, "live")}`)), "challenge/wrong");
    assert.deepEqual(await challengeLink({ find: () => kept }).decide(publishing("live/cam", "anna")), notTheirs);
  });
}

test("the user's pattern says what it may publish, and the right is named by its record", async () => {
  const link = challengeLink({ find });
  const id = challengeGrantId({ id: "7" });
  assert.deepEqual(await link.decide(publishing("live/cam1", "anna")), { allowed: true, key: id, id });
  assert.deepEqual(await link.decide(publishing("live/other", "anna")), notTheirs);
  assert.deepEqual(await link.decide(publishing("studio/cam1", "anna")), notTheirs);
  assert.deepEqual(await link.decide(publishing("live/cam1", "bert")), notTheirs);
  assert.equal(link.decide(publishing("live/cam1")), undefined);
  const expiresAt = Date.now() + 1_000_000;
  const ending = challengeLink({ find: () => ({ ...anna, expiresAt }) });
  assert.deepEqual(ending.decide(publishing("live/cam1", "anna")), { allowed: true, key: id, id, expiresAt });
});

test("a user in the query proves nothing", async () => {
  const link = challengeLink({ find });
  assert.equal(link.decide({ ...publishing("live/cam1"), query: new Map([["user", "anna"]]) }), undefined);
});

test("only so many challenges wait: the oldest give way", () => {
  const pending = new PendingChallenges();
  const challenge = { mode: "adobe", user: "anna", app: "live" } as const;
  const ids = Array.from({ length: 5_000 }, () => pending.issue(challenge));
  assert.equal(pending.size, 4_096);
  assert.equal(pending.take(ids[0] ?? ""), undefined);
  assert.deepEqual(pending.take(ids.at(-1) ?? "")?.user, "anna");
  assert.equal(pending.take(ids.at(-1) ?? ""), undefined);
});

const notTheirs = {
  allowed: false,
  rule: "challenge/stream",
  reason: "this user may not publish this stream",
};

function publishing(path: string, user?: string): AccessRequest {
  const [app = "", name = ""] = path.split("/");
  const stream = streamName(app, name);
  if (!stream) assert.fail(path);
  const request = { action: "publish", stream, protocol: "rtmp", address: "127.0.0.1" } as const;
  return { ...request, query: new Map(), headers: new Map(), ...(user === undefined ? {} : { user }) };
}
