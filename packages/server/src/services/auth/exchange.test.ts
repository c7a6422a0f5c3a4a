import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { testCertificate } from "../../../testing/certificate.ts";
import { Exchange } from "./exchange.ts";

test("over HTTPS nobody is asked whose certificate is not to be trusted", async (t) => {
  const certificate = await testCertificate("localhost", { names: ["localhost", "127.0.0.1"] });
  let heard = 0;
  const server = createServer(certificate, (_, response) => {
    heard++;
    response.end("yes");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const exchanges: Exchange[] = [];
  t.after(() => {
    for (const each of exchanges) each.close();
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const ask = (options?: { ca: string }) => {
    const exchange = new Exchange(options);
    exchanges.push(exchange);
    return exchange.post(url, { headers: {}, body: "may I?" }, new AbortController().signal);
  };
  await assert.rejects(ask(), /self-signed certificate/);
  assert.equal(heard, 0);
  assert.deepEqual(await ask({ ca: certificate.cert }), { status: 200, location: undefined, body: "yes" });
});
