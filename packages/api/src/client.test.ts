import assert from "node:assert/strict";
import test from "node:test";
import { type ApiRequest, apiOver, requestFor } from "./client.ts";

test("an operation becomes a request: names in its path are filled in and escaped, and the slashes of a stream's name stay", () => {
  assert.deepEqual(requestFor("GET /node"), { method: "GET", path: "node" });
  assert.deepEqual(requestFor("GET /streams/{stream}", { path: { stream: "live/a b?" } }), {
    method: "GET",
    path: "streams/live/a%20b%3F",
  });
  assert.deepEqual(requestFor("PATCH /keys/{id}", { path: { id: "k1" }, body: { rotate: true } }), {
    method: "PATCH",
    path: "keys/k1",
    body: { rotate: true },
  });
});

test("what is undefined is not asked for", () => {
  assert.equal(requestFor("GET /sessions", { query: { limit: 5, stream: undefined } }).path, "sessions?limit=5");
  assert.equal(requestFor("GET /sessions", { query: { stream: undefined } }).path, "sessions");
  assert.equal(requestFor("GET /sessions", { query: { stream: "live/a&b" } }).path, "sessions?stream=live%2Fa%26b");
});

test("the answer is what the way to the server brings", async () => {
  const sent: ApiRequest[] = [];
  const api = apiOver(async (request) => {
    sent.push(request);
    return { items: [] };
  });
  const { items } = await api("GET /bans");
  assert.deepEqual(items, []);
  assert.deepEqual(sent, [{ method: "GET", path: "bans" }]);
});
