import assert from "node:assert/strict";
import test from "node:test";
import type { AccessRequest } from "../../core/access.ts";
import { streamName } from "../../core/stream-name.ts";
import type { CallbackForm } from "./callback-form.ts";
import { nginxRtmpForm } from "./callback-nginx-rtmp.ts";
import { srsForm } from "./callback-srs.ts";

function request(change: Partial<AccessRequest> = {}, app = "live"): AccessRequest {
  const stream = streamName(app, "livestream");
  assert.ok(stream);
  return {
    action: "publish",
    stream,
    protocol: "rtmp",
    address: "192.168.1.10",
    query: new Map([
      ["token", "xxx"],
      ["salt", "yyy"],
    ]),
    headers: new Map([
      ["user-agent", "FMLE/3.0 (compatible; FMSc/1.0)"],
      ["referer", "http://www.test.com/live.html"],
    ]),
    ...change,
  };
}

const written = (form: CallbackForm, change?: Partial<AccessRequest>) =>
  form.write({ request: request(change), id: "1f0c", number: 7, time: 1 });
const read = (form: CallbackForm, status: number, body = "", location?: string, app = "live") =>
  form.read({ status, body, location }, request({}, app));

test("SRS's on_publish has the fields that its manual names", () => {
  const { stream_id, ...fields } = JSON.parse(written(srsForm));
  assert.match(stream_id, /^[\w-]{12}$/);
  assert.deepEqual(fields, {
    server_id: "sluice",
    action: "on_publish",
    client_id: "1f0c",
    ip: "192.168.1.10",
    vhost: "__defaultVhost__",
    app: "live",
    tcUrl: "rtmp://__defaultVhost__/live",
    stream: "livestream",
    param: "?token=xxx&salt=yyy",
    stream_url: "/live/livestream",
  });
});

test("SRS's on_play has the page too", () => {
  const { action, pageUrl, param } = JSON.parse(written(srsForm, { action: "play", query: new Map() }));
  assert.deepEqual(
    { action, pageUrl, param },
    { action: "on_play", pageUrl: "http://www.test.com/live.html", param: "" },
  );
});

test("SRS's callbacks allow with 200 and a 0, and with nothing else", () => {
  for (const body of ["0", " 0\n", '{"code":0}', '{"code": 0, "msg": "OK"}'])
    assert.deepEqual(read(srsForm, 200, body), { kind: "yes" }, body);
  for (const body of ["1", "-1", '{"code":1}']) assert.deepEqual(read(srsForm, 200, body), { kind: "no" }, body);
  assert.deepEqual(read(srsForm, 200, '{"code":403,"msg":"not paid"}'), { kind: "no", reason: "not paid" });
  for (const status of [400, 403, 404]) assert.deepEqual(read(srsForm, status, "0"), { kind: "no" });
  for (const body of [
    "",
    "ok",
    "0x0",
    "00 0",
    "[0]",
    '"0"',
    "{}",
    '{"code":"0"}',
    '{"code":null}',
    "null",
    "0.0",
    "false",
  ])
    assert.equal(read(srsForm, 200, body).kind, "unclear", body);
  for (const status of [201, 204, 302]) assert.equal(read(srsForm, status, "0").kind, "unclear");
});

test("nginx-rtmp's on_publish has its fields in its order, with the client's parameters behind", () => {
  assert.equal(
    written(nginxRtmpForm),
    "app=live&flashver=FMLE%2F3.0+%28compatible%3B+FMSc%2F1.0%29&swfurl=&tcurl=rtmp%3A%2F%2Flocalhost%2Flive" +
      "&pageurl=http%3A%2F%2Fwww.test.com%2Flive.html&addr=192.168.1.10&clientid=7" +
      "&call=publish&name=livestream&type=live&token=xxx&salt=yyy",
  );
});

test("nginx-rtmp's on_play has its fields in its order", () => {
  const names = [...new URLSearchParams(written(nginxRtmpForm, { action: "play" })).keys()];
  assert.deepEqual(
    names.join(),
    "app,flashver,swfurl,tcurl,pageurl,addr,clientid,call,name,start,duration,reset,token,salt",
  );
});

test("a client's parameters never stand in for nginx-rtmp's own fields, however they are spelt", () => {
  const names = ["addr", " addr", "\taddr", "addr[]", "addr[0]", "addr\0x", "ADDR", "name", "call", "app", "my addr"];
  const body = written(nginxRtmpForm, { query: new Map(names.map((name) => [name, "10.0.0.1"])) });
  const forged = [...new URLSearchParams(body)].filter(([, value]) => value === "10.0.0.1");
  assert.deepEqual(forged, [["my addr", "10.0.0.1"]]);
});

test("nginx-rtmp's callbacks allow with 2xx and refuse with the rest", () => {
  for (const status of [200, 201, 204]) assert.deepEqual(read(nginxRtmpForm, status, "no"), { kind: "yes" });
  for (const status of [400, 401, 403, 404]) assert.deepEqual(read(nginxRtmpForm, status), { kind: "no" });
});

test("nginx-rtmp's redirections give the stream another name in its app", () => {
  for (const location of [
    "secret",
    "/secret",
    "secret?x=/y",
    "rtmp://example.com/other/secret",
    "RTMP://example.com/secret",
    "https://example.com/a/b/secret#top",
  ])
    assert.deepEqual(
      read(nginxRtmpForm, 302, "", location),
      { kind: "yes", stream: { app: "live", name: "secret", path: "live/secret" } },
      location,
    );
  for (const location of [undefined, "", "/", "rtmp://example.com", "rtmp://example.com/", "a/..", "-x", "a b"])
    for (const app of ["live", "live/sub"])
      assert.equal(read(nginxRtmpForm, 301, "", location, app).kind, "unclear", location);
});
