import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { address } from "./address.ts";

const host = "rtmp://example.com";
const forms: {
  client: string;
  app: string;
  tcUrl?: string;
  name: string;
  is: string;
  query?: Record<string, string>;
}[] = [
  { client: "FFmpeg, plain", app: "live", name: "cam", is: "live cam" },
  { client: "FFmpeg, query", app: "live", name: "cam?key=abc", is: "live cam", query: { key: "abc" } },
  { client: "FFmpeg, one segment", app: "cam", name: "", is: "cam " },
  { client: "FFmpeg, three segments", app: "a/b", name: "c", is: "a/b c" },
  { client: "OBS", app: "live", name: "cam?key=abc&x=1", is: "live cam", query: { key: "abc", x: "1" } },
  { client: "OBS, query in the server field", app: "live?key=abc", name: "cam", is: "live cam", query: { key: "abc" } },
  { client: "OBS, stream in the server field", app: "live/cam", name: "", is: "live/cam " },
  { client: "OBS, key that begins with ?", app: "live/cam", name: "?key=abc", is: "live/cam ", query: { key: "abc" } },
  { client: "a trailing slash", app: "live/", name: "cam", is: "live cam" },
  { client: "slashes all around", app: "//live//", name: "/cam/", is: "live cam" },
  { client: "mp4:", app: "vod", name: "mp4:cam", is: "vod cam" },
  { client: "flv:", app: "live", name: "flv:cam?a=b", is: "live cam", query: { a: "b" } },
  { client: "no app, tcUrl with one", app: "", name: "cam", tcUrl: `${host}/live`, is: "live cam" },
  {
    client: "no app, tcUrl with port and query",
    app: "",
    name: "cam",
    tcUrl: `${host}:1936/live?key=abc`,
    is: "live cam",
    query: { key: "abc" },
  },
  { client: "no app, IPv6", app: "", name: "cam", tcUrl: "rtmp://[2001:db8::1]:1935/live", is: "live cam" },
  { client: "no app, a leading quote", app: "", name: "cam", tcUrl: `"${host}/live`, is: "live cam" },
  { client: "no app, another scheme", app: "", name: "cam", tcUrl: "rtmps://example.com/live", is: "live cam" },
  { client: "nothing at all", app: "", name: "", is: " " },
  { client: "tcUrl that is no URL", app: "", name: "cam", tcUrl: "live", is: " cam" },
  {
    client: "the stream name's query wins",
    app: "live?key=app",
    tcUrl: `${host}/live?key=url&u=1`,
    name: "cam?key=name",
    is: "live cam",
    query: { key: "name", u: "1" },
  },
  {
    client: "a name twice: the first counts",
    app: "live",
    name: "cam?key=a&key=b",
    is: "live cam",
    query: { key: "a" },
  },
  { client: "a second question mark", app: "live", name: "cam?a=1?b=2", is: "live cam", query: { a: "1", b: "2" } },
  {
    client: "percent and plus in the query",
    app: "live",
    name: "cam?key=a%20b+c",
    is: "live cam",
    query: { key: "a b c" },
  },
  { client: "percent that is broken", app: "live", name: "cam?key=%zz", is: "live cam", query: { key: "%zz" } },
  { client: "percent in the name stays", app: "live", name: "c%61m", is: "live c%61m" },
  { client: "a query without values", app: "live", name: "cam?key&=x", is: "live cam", query: { key: "", "": "x" } },
  {
    client: "names that objects have by birth",
    app: "live",
    name: "cam?__proto__=1&constructor=2",
    is: "live cam",
    query: JSON.parse('{"__proto__":"1","constructor":"2"}'),
  },
  {
    client: "Adobe's authentication in the app",
    app: "live?authmod=adobe&user=x",
    name: "cam",
    is: "live cam",
    query: { authmod: "adobe", user: "x" },
  },
  {
    client: "SRS's virtual host",
    app: "live?vhost=example.org",
    name: "cam",
    is: "live cam",
    query: { vhost: "example.org" },
  },
  { client: "a colon in the name", app: "live", name: "x:cam", is: "live x:cam" },
];
for (const { client, app, tcUrl = `${host}/${app}`, name, is, query = {} } of forms) {
  test(`${client} means ${is}`, () => {
    const made = address({ app, tcUrl }, name);
    assert.equal(`${made.app} ${made.name}`, is);
    assert.deepEqual([...made.query].sort(), Object.entries(query).sort());
  });
}

test("whatever a client writes is some address, of bounded size", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "binary" }),
      fc.string({ unit: "binary" }),
      (app, tcUrl, name) => {
        assert.ok(address({ app, tcUrl }, name).query.size <= 64);
      },
    ),
  );
  const long = address({ app: "a".repeat(100_000), tcUrl: "" }, `x?${"k=v&".repeat(100_000)}`);
  assert.ok(long.app.length <= 4096);
  assert.equal(
    address({ app: "x", tcUrl: "" }, `c?${Array.from({ length: 1000 }, (_, index) => `k${index}=1`).join("&")}`).query
      .size,
    64,
  );
});
