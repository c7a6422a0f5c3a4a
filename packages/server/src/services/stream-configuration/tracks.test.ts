import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { Value } from "typebox/value";
import { configurationAnswer } from "./answer.ts";
import { encodersOf, type TrackCodec } from "./encoders.ts";
import { type Canvas, type ConfigurationRequest, requestShape } from "./request.ts";
import { planTracks, type TrackPolicy } from "./tracks.ts";

const fullHd: Canvas = { width: 1920, height: 1080, framerate: { numerator: 60, denominator: 1 } };
const policy: TrackPolicy = {
  ladder: "auto",
  codec: "h264",
  maxTracks: 4,
  maxKbps: Number.POSITIVE_INFINITY,
  audioKbps: 160,
  takes: () => true,
};

type Machine = {
  readonly vendor?: number;
  readonly model?: string;
  readonly system?: string;
  readonly version?: string;
};

/** What OBS 32 asks on such a machine. */
function asked({ vendor, model = "", system = "Windows", version = "32.0.1" }: Machine = {}): ConfigurationRequest {
  const request = {
    service: "IVS",
    schema_version: "2025-01-25",
    authentication: "cam?key=secret",
    client: { name: "obs-studio", version, supported_codecs: ["h264", "h265", "av1"] },
    capabilities: {
      cpu: { logical_cores: 8, physical_cores: 4, name: "CPU", speed: 3000 },
      memory: { total: 17_179_869_184, free: 8_589_934_592 },
      gaming_features: null,
      system: { name: system, version: "10.0", build: 22621, release: "22H2", revision: "1", bits: 64, arm: false },
      gpu: vendor === undefined ? null : [{ vendor_id: vendor, model, device_id: 1, dedicated_video_memory: 1 }],
    },
    preferences: {
      maximum_aggregate_bitrate: null,
      maximum_video_tracks: null,
      vod_track_audio: false,
      composition_gpu_index: null,
      audio_samples_per_sec: 48_000,
      audio_channels: 2,
      audio_max_buffering_ms: 960,
      audio_fixed_buffering: false,
      canvases: [{ ...fullHd, canvas_width: 1920, canvas_height: 1080 }],
    },
  };
  assert.deepEqual([...Value.Errors(requestShape, request)], [], "it is what OBS sends");
  return request as unknown as ConfigurationRequest;
}

const nvidia = { vendor: 4318, model: "NVIDIA GeForce RTX 4070 Ti" };
const [amd, intel, apple] = [4098, 32_902, 4203];
const plan = (more: Partial<TrackPolicy> = {}, machine: Machine = nvidia, canvas = fullHd) =>
  planTracks({ ...policy, ...more }, canvas, encodersOf(asked(machine)));
const heights = (tracks: ReturnType<typeof plan>) => tracks.map(({ height }) => height);

test("the ladder begins with the canvas, and small pictures have half the frames", () => {
  const tracks = plan({ maxTracks: 10 }, nvidia);
  assert.deepEqual(heights(tracks), [1080, 720, 480, 360, 240]);
  assert.deepEqual(
    tracks.map(({ divisor }) => divisor),
    [1, 1, 2, 2, 2],
  );
  assert.ok(tracks.every(({ kbps }, index) => index === 0 || kbps < (tracks[index - 1]?.kbps ?? 0)));
});

test("fewer tracks are the first, the last, and what lies between", () => {
  assert.deepEqual(heights(plan({ maxTracks: 3 })), [1080, 480, 240]);
  assert.deepEqual(heights(plan({ maxTracks: 2 })), [1080, 240]);
  assert.deepEqual(heights(plan({ maxTracks: 1 })), [1080]);
  assert.deepEqual(heights(plan({ ladder: "none" })), [1080]);
});

test("what is too much is made smaller first, and then the largest is left out", () => {
  const all = plan().reduce((sum, { kbps }) => sum + kbps, 0);
  assert.deepEqual(heights(plan({ maxKbps: Math.floor(all * 0.8) })), heights(plan()));
  assert.ok((heights(plan({ maxKbps: 2_000 }))[0] ?? 0) < 1080);
  assert.deepEqual(plan({ maxKbps: 200 }), []);
});

test("whatever is asked for, no track is larger than the canvas, and all together are no more than allowed", () => {
  const side = fc.integer({ min: 2, max: 4_096 });
  const rung = fc.record({
    name: fc.constant(""),
    width: fc.oneof(fc.constant(0), side),
    height: fc.oneof(fc.constant(0), side),
    fps: fc.integer({ min: 0, max: 120 }),
    bitrate: fc.integer({ min: 0, max: 20_000 }),
    codec: fc.constantFrom<TrackCodec>("h264", "hevc", "av1"),
    preset: fc.constant<"">(""),
  });
  const words = fc.constantFrom("1440p", "1080p", "720p", "480p", "360p", "240p", "audio");
  fc.assert(
    fc.property(
      fc.record({
        ladder: fc.oneof(fc.constant("auto"), fc.array(fc.oneof(words, rung), { maxLength: 8 })),
        codec: fc.constantFrom<TrackCodec>("h264", "hevc", "av1"),
        maxTracks: fc.integer({ min: 1, max: 10 }),
        maxKbps: fc.integer({ min: 0, max: 50_000 }),
        audioKbps: fc.integer({ min: 32, max: 512 }),
      }),
      fc.record({
        width: side,
        height: side,
        framerate: fc.record({ numerator: fc.integer({ min: 1, max: 240 }), denominator: fc.constantFrom(1, 1001) }),
      }),
      fc.constantFrom<Machine>({}, nvidia, { vendor: amd }, { vendor: intel }, { vendor: apple, system: "macOS" }),
      (wish, canvas, machine) => {
        const tracks = plan(wish, machine, canvas);
        assert.ok(tracks.length <= wish.maxTracks);
        assert.ok(tracks.reduce((sum, { kbps }) => sum + kbps, 0) + (tracks.length && wish.audioKbps) <= wish.maxKbps);
        for (const { width, height, kbps, divisor } of tracks) {
          assert.ok(width <= Math.max(2, canvas.width) && height <= Math.max(2, canvas.height));
          assert.ok(width % 2 === 0 && height % 2 === 0 && kbps >= 100 && Number.isInteger(divisor) && divisor >= 1);
        }
      },
    ),
  );
});

const machines: readonly [name: string, machine: Machine, codec: TrackCodec, type: string][] = [
  ["NVIDIA", nvidia, "h264", "obs_nvenc_h264_tex"],
  ["NVIDIA with HEVC", nvidia, "hevc", "obs_nvenc_hevc_tex"],
  ["NVIDIA with AV1", nvidia, "av1", "obs_nvenc_av1_tex"],
  ["NVIDIA that cannot do AV1", { vendor: 4318, model: "NVIDIA GeForce RTX 3080" }, "av1", "obs_nvenc_h264_tex"],
  ["NVIDIA and an older OBS", { ...nvidia, version: "30.2.3" }, "h264", "jim_nvenc"],
  ["AMD on Windows", { vendor: amd, model: "AMD Radeon RX 7900 XT" }, "av1", "av1_texture_amf"],
  ["AMD on Linux", { vendor: amd, system: "Ubuntu" }, "hevc", "hevc_ffmpeg_vaapi_tex"],
  ["Intel", { vendor: intel, model: "Intel(R) UHD Graphics 770" }, "h264", "obs_qsv11_v2"],
  ["Apple", { vendor: apple, system: "macOS" }, "av1", "com.apple.videotoolbox.videoencoder.ave.avc"],
  ["no graphics card", {}, "hevc", "obs_x264"],
  ["an unknown one", { vendor: 1 }, "h264", "obs_x264"],
];

for (const [name, machine, codec, type] of machines)
  test(`${name} is told to use ${type} for ${codec}`, () => {
    const made = configurationAnswer(asked(machine), {
      policy: { ...policy, codec },
      endpoints: [],
      keyframeSeconds: 2,
      configId: "id",
    });
    const [first] = made.encoder_configurations as { type: string; settings: Record<string, unknown> }[];
    assert.equal(first?.type, type);
    assert.deepEqual([first?.settings.rate_control, first?.settings.keyint_sec], ["CBR", 2]);
  });

test("a processor alone is not told to encode more than it can beside the show", () => {
  assert.equal(plan({}, {}).length, 2);
});

test("an app that takes no H.264 is sent what it takes, or nothing", () => {
  assert.equal(plan({ takes: (codec) => codec === "hevc" })[0]?.codec, "hevc");
  assert.deepEqual(plan({ takes: (codec) => codec === "vp9" }), []);
});
