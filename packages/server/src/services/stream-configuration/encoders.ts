import type { ConfigurationRequest } from "./request.ts";

export type TrackCodec = "h264" | "hevc" | "av1";

/** An encoder of OBS: what it is called there, and how it is told to keep to a bitrate and to a distance between keyframes. */
export type Encoder = {
  readonly type: string;
  readonly settings: (kbps: number, keyframeSeconds: number) => Readonly<Record<string, string | number | boolean>>;
};

/** The encoders of a client's machine; more than `tracks` at once it would not carry. */
export type Encoders = { readonly of: (codec: TrackCodec) => Encoder | undefined; readonly tracks: number };

type Vendor = "nvidia" | "amd" | "intel" | "apple";
type Names = Readonly<Partial<Record<TrackCodec, string>>>;
type Settings = (codec: TrackCodec) => Readonly<Record<string, string | number | boolean>>;

const vendors: ReadonlyMap<number, Vendor> = new Map([
  [0x10de, "nvidia"],
  [0x1002, "amd"],
  [0x8086, "intel"],
  [0x106b, "apple"],
]);
/** Older versions of OBS have other names for NVIDIA's encoders. */
const newNvencFrom = 31;
const hardwareTracks = 6;
/** Only these have a part that encodes AV1; OBS names the codec wherever a program for it is installed. */
const encodesAv1: Readonly<Record<Vendor, RegExp>> = {
  nvidia: /RTX(?:\s+PRO)?\s+(?:[45]0\d0|[2-6]000\s+(?:Ada|Blackwell))/i,
  amd: /RX\s+[79]\d00|7[0-9]0M|8[0-9]0M/i,
  intel: /\bArc\b|Core.*Ultra/i,
  apple: /^$/,
};

const nvencNew: Names = { h264: "obs_nvenc_h264_tex", hevc: "obs_nvenc_hevc_tex", av1: "obs_nvenc_av1_tex" };
const nvencOld: Names = { h264: "jim_nvenc", hevc: "jim_hevc_nvenc", av1: "jim_av1_nvenc" };
const amf: Names = { h264: "h264_texture_amf", hevc: "h265_texture_amf", av1: "av1_texture_amf" };
const vaapi: Names = { h264: "ffmpeg_vaapi_tex", hevc: "hevc_ffmpeg_vaapi_tex", av1: "av1_ffmpeg_vaapi_tex" };
const quickSync: Names = { h264: "obs_qsv11_v2", hevc: "obs_qsv11_hevc", av1: "obs_qsv11_av1" };
const videoToolbox: Names = {
  h264: "com.apple.videotoolbox.videoencoder.ave.avc",
  hevc: "com.apple.videotoolbox.videoencoder.ave.hevc",
};

const profile = (codec: TrackCodec) => (codec === "h264" ? "high" : "main");
const software: Settings = () => ({ preset: "veryfast", profile: "high" });
const bySettings: Readonly<Record<string, Settings>> = {
  nvenc: (codec) => ({ preset: "p5", preset2: "p5", tune: "hq", multipass: "qres", profile: profile(codec), bf: 0 }),
  amf: (codec) => ({ preset: "quality", profile: profile(codec), bf: 0 }),
  vaapi: (codec) => ({ profile: codec === "h264" ? "High" : "Main", bf: 0 }),
  quickSync: (codec) => ({ target_usage: "TU4", profile: profile(codec), bframes: 0 }),
  videoToolbox: (codec) => ({ profile: profile(codec), bframes: false }),
};

/** What a client can encode with: the graphics card that its pictures are on, or its processor. No B-frames: they would cost delay. */
export function encodersOf({ capabilities, client, preferences }: ConfigurationRequest): Encoders {
  const cards = capabilities?.gpu ?? [];
  const card = cards[preferences.composition_gpu_index ?? 0] ?? cards[0];
  const vendor = vendors.get(card?.vendor_id ?? 0);
  const codecs = client?.supported_codecs ?? ["h264"];
  const { names, settings } = familyOf(vendor, isWindows(capabilities?.system?.name), client?.version);
  const can: Readonly<Record<TrackCodec, boolean>> = {
    h264: true,
    hevc: codecs.includes("h265") || codecs.includes("hevc"),
    av1: codecs.includes("av1") && vendor !== undefined && encodesAv1[vendor].test(card?.model ?? ""),
  };
  return {
    of: (codec) => {
      const type = can[codec] ? names[codec] : undefined;
      return type === undefined ? undefined : encoder(type, settings(codec));
    },
    tracks: vendor ? hardwareTracks : softwareTracks(capabilities?.cpu?.logical_cores ?? 0),
  };
}

function familyOf(vendor: Vendor | undefined, windows: boolean, version: string | undefined) {
  const family = (names: Names, key: string) => ({ names, settings: bySettings[key] ?? software });
  switch (vendor) {
    case "nvidia":
      return family(Number.parseInt(version ?? "", 10) < newNvencFrom ? nvencOld : nvencNew, "nvenc");
    case "amd":
      return windows ? family(amf, "amf") : family(vaapi, "vaapi");
    case "intel":
      return family(quickSync, "quickSync");
    case "apple":
      return family(videoToolbox, "videoToolbox");
    default:
      return family({ h264: "obs_x264" }, "software");
  }
}

function encoder(type: string, settings: ReturnType<Settings>): Encoder {
  return {
    type,
    settings: (kbps, keyframeSeconds) => ({
      rate_control: "CBR",
      bitrate: kbps,
      keyint_sec: keyframeSeconds,
      ...settings,
    }),
  };
}

function isWindows(system: string | undefined): boolean {
  return /windows/i.test(system ?? "");
}

/** A processor has the rest of the show to carry as well. */
function softwareTracks(cores: number): number {
  return cores >= 16 ? 3 : cores >= 8 ? 2 : 1;
}
