import assert from "node:assert/strict";
import test from "node:test";
import { peer } from "../peer.ts";
import { type WholeServer, wholeServer } from "../whole-server.ts";

type Answer = {
  readonly meta: { readonly service: string; readonly schema_version: string; readonly config_id: string };
  readonly status: { readonly result: string; readonly html_en_us?: string };
  readonly ingest_endpoints: readonly {
    readonly protocol: string;
    readonly url_template: string;
    readonly authentication: string;
  }[];
  readonly encoder_configurations: readonly {
    readonly width: number;
    readonly height: number;
    readonly type: string;
    readonly framerate: { readonly numerator: number; readonly denominator: number };
    readonly settings: { readonly bitrate: number; readonly keyint_sec: number };
    readonly canvas_index: number;
  }[];
  readonly audio_configurations: {
    readonly live: readonly { readonly channels: number; readonly settings: { readonly bitrate: number } }[];
    readonly vod?: readonly unknown[];
  };
};

const rate = { numerator: 60, denominator: 1 };
const preferences = {
  maximum_aggregate_bitrate: null,
  maximum_video_tracks: null,
  vod_track_audio: false,
  audio_channels: 2,
  canvases: [{ width: 1920, height: 1080, canvas_width: 1920, canvas_height: 1080, framerate: rate }],
};
const question = {
  service: "IVS",
  schema_version: "2025-01-25",
  authentication: "cam?key=a-secret-key",
  client: { name: "obs-studio", version: "32.0.1", supported_codecs: ["h264", "h265"] },
  capabilities: { gpu: [{ model: "NVIDIA GeForce RTX 4070", vendor_id: 4318 }], cpu: { logical_cores: 16 } },
  preferences,
};
const keyed = "streamKeys: [a-secret-key]\n";

async function post({ http }: WholeServer, body: unknown, path = "/live/GetClientConfiguration") {
  const response = await fetch(`http://127.0.0.1:${http}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Answer & { readonly code?: string } };
}

/** What publishing under this name is answered. */
async function publishing({ rtmp }: WholeServer, name: string) {
  const made = await (await peer(rtmp)).connect();
  await made.call("createStream");
  made.tell(1, "publish", name, "live");
  const status = await made.status(/Publish/);
  made.socket.destroy();
  return status;
}

test("OBS is told which tracks to send and where, and may publish there as it was told", async (t) => {
  const server = await wholeServer(t, `${keyed}apps: { live: { segment: 4s } }`);
  const { status, body } = await post(server, question);
  assert.equal(status, 200);
  assert.equal(body.status.result, "success");
  assert.deepEqual([body.meta.service, body.meta.schema_version], ["IVS", "2025-01-25"]);
  assert.deepEqual(body.ingest_endpoints, [
    {
      protocol: "RTMP",
      url_template: `rtmp://127.0.0.1:${server.rtmp}/live/{stream_key}`,
      authentication: "cam?key=a-secret-key",
    },
  ]);
  assert.deepEqual(
    body.encoder_configurations.map(({ height }) => height),
    [1080, 720, 480, 240],
  );
  const [first] = body.encoder_configurations;
  assert.deepEqual(
    [first?.width, first?.type, first?.framerate, first?.canvas_index],
    [1920, "obs_nvenc_h264_tex", rate, 0],
  );
  assert.equal(first?.settings.keyint_sec, 4);
  assert.deepEqual(body.audio_configurations, {
    live: [{ codec: "aac", track_id: 1, channels: 2, settings: { bitrate: 160 } }],
  });
  // As OBS makes it: the key's own query, and behind it the id of the configuration.
  const { code } = await publishing(server, `cam?key=a-secret-key&clientConfigId=${body.meta.config_id}`);
  assert.equal(code, "NetStream.Publish.Start");
  assert.ok(!server.lines.some((line) => line.includes("a-secret-key")));
});

test("the app's policy and the client's wishes both hold", async (t) => {
  const server = await wholeServer(
    t,
    `${keyed}apps:
  live:
    encoders: { ladder: [{ height: 540, bitrate: 1500, codec: hevc }], addresses: ["rtmps://in.example:443", "rtmp://in.example"], audioBitrate: 96 }
  single: { enhanced: { multitrack: false } }
  none: { encoders: { answer: false } }`,
  );
  const { body } = await post(server, {
    ...question,
    preferences: { ...preferences, vod_track_audio: true, audio_channels: 6 },
  });
  assert.deepEqual(
    body.encoder_configurations.map(({ height, type }) => [height, type]),
    [
      [1080, "obs_nvenc_h264_tex"],
      [540, "obs_nvenc_hevc_tex"],
    ],
  );
  assert.deepEqual(
    body.ingest_endpoints.map(({ protocol, url_template }) => [protocol, url_template]),
    [
      ["RTMPS", "rtmps://in.example:443/live/{stream_key}"],
      ["RTMP", "rtmp://in.example/live/{stream_key}"],
    ],
  );
  assert.deepEqual(body.audio_configurations.live, [
    { codec: "aac", track_id: 1, channels: 6, settings: { bitrate: 96 } },
  ]);
  assert.equal(body.audio_configurations.vod?.length, 1);
  const small = { maximum_aggregate_bitrate: 2_500, maximum_video_tracks: 1 };
  const fitted = (await post(server, { ...question, preferences: { ...preferences, ...small } })).body;
  assert.equal(fitted.encoder_configurations.length, 1);
  assert.ok((fitted.encoder_configurations[0]?.settings.bitrate ?? 0) + 96 <= 2_500);
  const single = await post(server, question, "/single/GetClientConfiguration");
  assert.equal(single.body.encoder_configurations.length, 1);
  const none = await post(server, question, "/none/GetClientConfiguration");
  assert.match(none.body.status.html_en_us ?? "", /does not tell encoders/);
});

test("an older OBS, which has no list of canvases, is told as well", async (t) => {
  const server = await wholeServer(t, keyed);
  const { canvases: _, ...rest } = preferences;
  const old = {
    ...question,
    schema_version: "2024-06-04",
    preferences: { ...rest, width: 1280, height: 720, framerate: rate },
  };
  const { body } = await post(server, old);
  assert.deepEqual([body.status.result, body.encoder_configurations[0]?.height], ["success", 720]);
  assert.equal((await post(server, { ...question, preferences: rest })).body.status.result, "error");
});

test("who may not publish is told so in OBS's own form, in the words of publishing, and no more", async (t) => {
  const server = await wholeServer(t, keyed);
  const cases = ["cam", "cam?key=wrong", "other?key=", "cam?key=a-secret-keyy"];
  for (const authentication of cases) {
    const { status, body } = await post(server, { ...question, authentication });
    assert.equal(status, 200, "OBS shows nothing of an HTTP error but its number");
    assert.deepEqual([body.status.result, body.encoder_configurations, body.ingest_endpoints], ["error", [], []]);
    const { description } = await publishing(server, authentication);
    assert.equal(body.status.html_en_us, `The server says: ${description}.`);
  }
  const unknown = await post(server, { ...question, authentication: "cam" }, "/nowhere/GetClientConfiguration");
  assert.match(unknown.body.status.html_en_us ?? "", /a stream key is needed/);
  for (const authentication of ["", "?key=a-secret-key", "../cam?key=a-secret-key", "<b>x</b>"])
    assert.match((await post(server, { ...question, authentication })).body.status.html_en_us ?? "", /NAME\?key=KEY/);
  assert.ok(!server.lines.some((line) => line.includes("a-secret-key")));
});

test("asking counts as trying a key: whoever guesses is not listened to any more", async (t) => {
  const server = await wholeServer(t, `${keyed}access: { refusals: 3 }\nlimits: { trusted: [] }`);
  for (let guess = 0; guess < 3; guess++) await post(server, { ...question, authentication: `cam?key=guess-${guess}` });
  const { body } = await post(server, question);
  assert.match(body.status.html_en_us ?? "", /too many attempts/);
});

const broken: readonly [name: string, body: unknown, status: number][] = [
  ["no JSON", "{", 400],
  ["nothing", "", 400],
  ["no preferences", { authentication: "cam" }, 400],
  ["a list too long", { ...question, client: { supported_codecs: Array.from({ length: 65 }, () => "h264") } }, 400],
  [
    "too many canvases",
    { ...question, preferences: { ...preferences, canvases: Array(17).fill(preferences.canvases[0]) } },
    400,
  ],
  [
    "no frames",
    {
      ...question,
      preferences: { ...preferences, canvases: [{ width: 2, height: 2, framerate: { numerator: 1, denominator: 0 } }] },
    },
    400,
  ],
  [
    "a canvas without end",
    { ...question, preferences: { ...preferences, canvases: [{ width: 1e9, height: 2, framerate: rate }] } },
    400,
  ],
  ["a key too long", { ...question, authentication: "a".repeat(5_000) }, 400],
  ["too much", { ...question, more: "a".repeat(70_000) }, 413],
];

test("what is no such question is refused before anything is decided", async (t) => {
  const server = await wholeServer(t, keyed);
  for (const [name, body, status] of broken) {
    const answer = await post(server, body);
    assert.deepEqual([answer.status, answer.body.code], [status, "api/body"], name);
  }
  const get = await fetch(`http://127.0.0.1:${server.http}/live/sub/GetClientConfiguration.flv`);
  assert.equal(get.status, 404);
  assert.equal((await post(server, question)).status, 200);
});
