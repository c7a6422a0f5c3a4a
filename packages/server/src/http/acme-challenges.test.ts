import assert from "node:assert/strict";
import test from "node:test";
import { testHost } from "../../testing/host.ts";
import { acmeChallenges } from "./acme-challenges.ts";

test("a token is answered while it is there, and nothing else is", async (t) => {
  const answers = new Map<string, string>();
  const host = await testHost();
  t.after(() => host.close());
  host.http.page(acmeChallenges(answers));
  const address = `http://127.0.0.1:${host.ports["http.port"]}/.well-known/acme-challenge/`;
  assert.equal((await fetch(`${address}token_-1`)).status, 404);

  answers.set("token_-1", "token_-1.thumbprint");
  const answer = await fetch(`${address}token_-1`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "application/octet-stream");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.equal(await answer.text(), "token_-1.thumbprint");
  assert.equal((await fetch(`${address}token_-1`, { method: "HEAD" })).status, 200);
  for (const other of ["token", "", "token_-1/", "__proto__", "../token_-1"])
    assert.equal((await fetch(`${address}${other}`)).status, 404, other);
  assert.equal((await fetch(`${address}token_-1`, { method: "POST" })).status, 404);

  answers.delete("token_-1");
  assert.equal((await fetch(`${address}token_-1`)).status, 404);
});
