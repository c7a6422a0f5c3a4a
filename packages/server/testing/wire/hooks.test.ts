import assert from "node:assert/strict";
import test from "node:test";
import { assertSigned, hookReceiver, hookSecret } from "../hook-receiver.ts";
import { until } from "../host.ts";
import { operatorOf } from "../whole-operator.ts";
import { wholeServer } from "../whole-server.ts";

test("the running server tells its hooks what happens, and the API how they do, without their secrets", async (t) => {
  const receiver = await hookReceiver(t);
  const hook = (more: string) => `hooks: [{ url: "${receiver.url}/path-secret", secret: ${hookSecret}${more} }]`;
  const server = await wholeServer(t, `auth: open\n${hook(", private: true")}`);
  const operator = await operatorOf(server);
  await until(() => receiver.heard.length === 1, "the start is told");
  const [heard] = receiver.heard;
  assert.ok(heard);
  assertSigned(heard);
  assert.deepEqual([receiver.events()[0]?.kind, receiver.events()[0]?.state], ["server", "listening"]);

  assert.deepEqual(await operator.post("hooks/0/test", undefined), { arrived: true, reason: "", status: 204 });
  const answers = [await operator.get("hooks"), await operator.get("hooks/dead"), await operator.get("config")];

  await server.reload(`auth: open\n${hook("")}`);
  const { arrived, reason } = await operator.post<{ arrived: boolean; reason: string }>("hooks/0/test", undefined);
  assert.equal(arrived, false);
  assert.match(reason, /^hooks\/address: /);
  assert.equal(receiver.heard.length, 2);
  assert.equal((await operator.ask("POST", "hooks/9/test")).code, "hooks/not-found");
  assert.equal((await operator.ask("POST", "hooks/dead/nothing/replay")).code, "hooks/letter");
  assert.equal((await operator.ask("GET", "hooks/dead?after=nonsense")).code, "records/invalid");

  const shown = JSON.stringify([answers, server.lines]);
  for (const secret of [hookSecret, "path-secret"]) assert.ok(!shown.includes(secret), secret);
});
