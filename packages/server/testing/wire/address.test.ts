import assert from "node:assert/strict";
import type { AmfObject } from "@sluice/media";
import type { AccessRequest } from "../../src/core/access.ts";
import { until } from "../host.ts";
import { peer } from "../peer.ts";
import { wireCase } from "../wire-case.ts";

type Form = {
  readonly client: string;
  readonly connect: AmfObject;
  readonly name: string;
  /** The canonical path, or undefined when it must be refused. */
  readonly path: string | undefined;
  readonly query?: Readonly<Record<string, string>>;
};

const live = { app: "live", tcUrl: "rtmp://h/live" };
const key = { key: "abc" };
const long = "n".repeat(128);

const forms: readonly Form[] = [
  { client: "FFmpeg, two segments", connect: live, name: "cam", path: "live/cam" },
  { client: "FFmpeg, a query behind the name", connect: live, name: "cam?key=abc", path: "live/cam", query: key },
  {
    client: "FFmpeg, three segments",
    connect: { app: "live/a", tcUrl: "rtmp://h:1935/live/a" },
    name: "b",
    path: "live/a/b",
  },
  { client: "FFmpeg, one segment", connect: live, name: "", path: undefined },
  { client: "another cut of the same path", connect: live, name: "a/b", path: "live/a/b" },
  {
    client: "OBS, the key in the server field's query",
    connect: { app: "live?key=abc", tcUrl: "rtmp://h/live?key=abc" },
    name: "cam",
    path: "live/cam",
    query: key,
  },
  {
    client: "OBS, the key behind the stream key",
    connect: { app: "live", type: "nonprivate", tcUrl: "rtmp://h/live", swfUrl: "rtmp://h/live" },
    name: "cam?key=abc",
    path: "live/cam",
    query: key,
  },
  {
    client: "OBS, the whole path as app, and no stream key",
    connect: { app: "live/cam", tcUrl: "rtmp://h/live/cam" },
    name: "",
    path: "live/cam",
  },
  {
    client: "OBS, no stream key but a query",
    connect: { app: "live/cam", tcUrl: "rtmp://h/live/cam" },
    name: "?key=abc",
    path: "live/cam",
    query: key,
  },
  {
    client: "librtmp, a trailing slash",
    connect: { app: "live/", tcUrl: "rtmp://h/live/" },
    name: "cam",
    path: "live/cam",
  },
  { client: "librtmp, a slash before the name", connect: live, name: "/cam", path: "live/cam" },
  { client: "librtmp, mp4: before the name", connect: live, name: "mp4:cam", path: "live/cam" },
  { client: "Flash, flv: before the name", connect: live, name: "flv:cam", path: "live/cam" },
  { client: "Flash, mp3: before the name", connect: live, name: "mp3:cam?key=abc", path: "live/cam", query: key },
  {
    client: "GStreamer",
    connect: { app: "live", tcUrl: "rtmp://h:1935/live", flashVer: "LNX 10,0,32,18" },
    name: "cam",
    path: "live/cam",
  },
  {
    client: "FMLE",
    connect: {
      app: "live",
      flashVer: "FMLE/3.0 (compatible; FMSc/1.0)",
      swfUrl: "rtmp://h/live",
      tcUrl: "rtmp://h/live",
    },
    name: "cam",
    path: "live/cam",
  },
  {
    client: "Adobe authentication's first try",
    connect: { app: "live?authmod=adobe&user=x", tcUrl: "rtmp://h/live?authmod=adobe&user=x" },
    name: "cam",
    path: "live/cam",
    query: { authmod: "adobe", user: "x" },
  },
  { client: "a camera without tcUrl", connect: { app: "live" }, name: "cam", path: "live/cam" },
  { client: "a camera with tcurl", connect: { tcurl: "rtmp://h/live" }, name: "cam", path: "live/cam" },
  { client: "a camera without app", connect: { tcUrl: "rtmp://h/live" }, name: "cam", path: "live/cam" },
  {
    client: "a camera with an empty app",
    connect: { app: "", tcUrl: "rtmp://192.168.1.7:1935/live" },
    name: "cam",
    path: "live/cam",
  },
  {
    client: "an encoder whose tcUrl begins with a quote",
    connect: { tcUrl: '"rtmp://h/live' },
    name: "cam",
    path: "live/cam",
  },
  {
    client: "tcUrl with an IPv6 literal",
    connect: { app: "", tcUrl: "rtmp://[::1]:1935/live" },
    name: "cam",
    path: "live/cam",
  },
  { client: "tcUrl with rtmps", connect: { app: "", tcUrl: "rtmps://h:443/live" }, name: "cam", path: "live/cam" },
  {
    client: "tcUrl of another scheme",
    connect: { app: "live", tcUrl: "http://h/else" },
    name: "cam",
    path: "live/cam",
  },
  {
    client: "tcUrl with the stream name in it",
    connect: { app: "live", tcUrl: "rtmp://h/live/cam" },
    name: "cam",
    path: "live/cam",
  },
  {
    client: "tcUrl with the key",
    connect: { app: "live", tcUrl: "rtmp://h/live?key=abc" },
    name: "cam",
    path: "live/cam",
    query: key,
  },
  { client: "tcUrl that is none", connect: { app: "live", tcUrl: "::::" }, name: "cam", path: "live/cam" },
  {
    client: "tcUrl of 3 KiB",
    connect: { app: "live", tcUrl: `rtmp://h/live?x=${"y".repeat(3000)}` },
    name: "cam",
    path: "live/cam",
    query: { x: "y".repeat(3000) },
  },
  {
    client: "values of other types",
    connect: { app: "live", tcUrl: 7, flashVer: true },
    name: "cam",
    path: "live/cam",
  },
  {
    client: "key in every place",
    connect: { app: "live?key=2", tcUrl: "rtmp://h/live?key=3" },
    name: "cam?key=1",
    path: "live/cam",
    query: { key: "1" },
  },
  { client: "the same key twice", connect: live, name: "cam?key=abc&key=other", path: "live/cam", query: key },
  {
    client: "a second question mark",
    connect: live,
    name: "cam?key=abc?x=1",
    path: "live/cam",
    query: { key: "abc", x: "1" },
  },
  {
    client: "a percent-coded value",
    connect: live,
    name: "cam?key=a%62c&bad=%zz",
    path: "live/cam",
    query: { key: "abc", bad: "%zz" },
  },
  {
    client: "the old virtual host form",
    connect: { app: "live...vhost...h", tcUrl: "rtmp://h/live" },
    name: "cam",
    path: undefined,
  },
  { client: "slashes in a row", connect: { app: "live//a", tcUrl: "" }, name: "cam", path: "live/a/cam" },
  { client: "a name of 128 letters", connect: live, name: long, path: `live/${long}` },
  { client: "a name of 129 letters", connect: live, name: `${long}n`, path: undefined },
  { client: "an app of 140 letters", connect: { app: `live/${"a".repeat(140)}` }, name: "cam", path: undefined },
  { client: "a percent-coded name", connect: live, name: "c%61m", path: undefined },
  { client: "a name with a space", connect: live, name: "my cam", path: undefined },
  { client: "a way out of the folder", connect: live, name: "../cam", path: undefined },
  { client: "nothing at all", connect: {}, name: "", path: undefined },
];

const asked: AccessRequest[] = [];

for (const action of ["publish", "play"] as const) {
  wireCase(
    `6.20 ${forms.length} ways to say where to ${action} become one canonical name and one query`,
    async ({ rtmp }) => {
      assert.ok(forms.length >= 30);
      for (const { client, connect, name, path, query } of forms) {
        asked.length = 0;
        const made = await (await peer(rtmp)).connect(connect);
        await made.call("createStream");
        made.tell(1, action, name);
        await until(() => made.codes.length > 0, `${client} is answered`);
        if (path === undefined) {
          assert.equal(asked.length, 0, client);
          assert.equal(made.codes[0], action === "publish" ? "Publish.BadName" : "Play.StreamNotFound", client);
          await until(() => made.closed, `${client} is closed`);
        } else {
          assert.deepEqual([asked[0]?.stream.path, asked[0]?.action], [path, action], client);
          assert.deepEqual(Object.fromEntries(asked[0]?.query ?? []), query ?? {}, client);
          assert.deepEqual(made.codes, action === "publish" ? ["Publish.Start"] : ["Play.Reset", "Play.Start"], client);
        }
        made.tell(0, "deleteStream", 1);
        made.socket.end();
        await until(() => made.closed, `${client} has gone`);
      }
    },
    {
      access: {
        decide: (request) => {
          asked.push(request);
          return { allowed: true };
        },
      },
    },
  );
}
