import { type Encoders, encodersOf } from "./encoders.ts";
import { type Canvas, type ConfigurationRequest, canvasOf } from "./request.ts";
import { planTracks, type TrackPlan, type TrackPolicy } from "./tracks.ts";

/** What OBS is answered (GoLiveApi::Config). */
export type ConfigurationAnswer = {
  readonly meta: { readonly service: string; readonly schema_version: string; readonly config_id: string };
  readonly status: { readonly result: "success" | "error"; readonly html_en_us?: string };
  readonly ingest_endpoints: readonly Endpoint[];
  readonly encoder_configurations: readonly object[];
  readonly audio_configurations: { readonly live: readonly object[]; readonly vod?: readonly object[] };
};

export type Endpoint = {
  readonly protocol: "RTMP" | "RTMPS";
  readonly url_template: string;
  /** The stream key: what was shown, where the client sends that. */
  readonly authentication: string;
};

export type AnswerParts = {
  readonly policy: TrackPolicy;
  readonly endpoints: readonly Endpoint[];
  readonly keyframeSeconds: number;
  readonly configId: string;
};

const schemaVersion = "2025-01-25";
const usualChannels = 2;

/** What the client is to send, or why it cannot be told. */
export function configurationAnswer(request: ConfigurationRequest, parts: AnswerParts): ConfigurationAnswer {
  const canvas = canvasOf(request);
  if (!canvas) return refusal(request, "The encoder did not say how large its canvas is.");
  const {
    maximum_aggregate_bitrate: most,
    maximum_video_tracks: mostTracks,
    vod_track_audio: vod,
  } = request.preferences;
  const encoders = encodersOf(request);
  const audioKbps = parts.policy.audioKbps * (vod ? 2 : 1);
  const policy = {
    ...parts.policy,
    audioKbps,
    maxTracks: Math.min(parts.policy.maxTracks, mostTracks || Number.POSITIVE_INFINITY),
    maxKbps: Math.min(parts.policy.maxKbps, most || Number.POSITIVE_INFINITY),
  };
  const tracks = planTracks(policy, canvas, encoders);
  if (tracks.length === 0) return refusal(request, tooLittle(policy.maxKbps));
  return {
    meta: { ...metaOf(request), config_id: parts.configId },
    status: { result: "success" },
    ingest_endpoints: parts.endpoints,
    encoder_configurations: tracks.map((track) => videoConfiguration(track, canvas, encoders, parts.keyframeSeconds)),
    audio_configurations: audioConfigurations(request, parts.policy.audioKbps),
  };
}

/** A refusal in the form that OBS shows to people: as an answer, because of an HTTP error it would only show the number. */
export function refusal(request: ConfigurationRequest, reason: string): ConfigurationAnswer {
  return {
    meta: { ...metaOf(request), config_id: "" },
    status: { result: "error", html_en_us: escaped(reason) },
    ingest_endpoints: [],
    encoder_configurations: [],
    audio_configurations: { live: [] },
  };
}

function metaOf({ service = "Sluice", schema_version = schemaVersion }: ConfigurationRequest) {
  return { service, schema_version };
}

function videoConfiguration(track: TrackPlan, canvas: Canvas, encoders: Encoders, keyframeSeconds: number): object {
  const { width, height, codec, divisor, kbps } = track;
  const { numerator, denominator } = canvas.framerate;
  const encoder = encoders.of(codec);
  return {
    type: encoder?.type,
    width,
    height,
    framerate: { numerator, denominator: denominator * divisor },
    gpu_scale_type: "OBS_SCALE_BICUBIC",
    colorspace: "VIDEO_CS_709",
    range: "VIDEO_RANGE_PARTIAL",
    format: "VIDEO_FORMAT_NV12",
    settings: encoder?.settings(kbps, keyframeSeconds),
    canvas_index: 0,
  };
}

/** As many channels as the client mixes: OBS refuses to send fewer. */
function audioConfigurations({ preferences }: ConfigurationRequest, kbps: number) {
  const channels = preferences.audio_channels || usualChannels;
  const track = (id: number) => [{ codec: "aac", track_id: id, channels, settings: { bitrate: kbps } }];
  return { live: track(1), ...(preferences.vod_track_audio ? { vod: track(2) } : {}) };
}

function tooLittle(kbps: number): string {
  return Number.isFinite(kbps)
    ? `No picture fits into ${kbps} kbit/s: raise the maximum streaming bandwidth.`
    : "This machine has no encoder for a codec that the server takes.";
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replaceAll(/[&<>"]/g, (letter) => names[letter] ?? letter);
}
