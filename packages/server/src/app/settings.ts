import { milliseconds } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import { bytes } from "../config/size.ts";
import type { BandwidthLimits } from "../core/bandwidth.ts";
import type { HistoryLimits } from "../core/history.ts";
import type { AppSettings } from "../core/hub.ts";
import { defaultLogLimits } from "../core/packet-log.ts";
import type { SegmentSettings } from "../segments/presentation.ts";
import type { AccessSettings } from "../services/auth/index.ts";
import type { AppConfiguration } from "../services/stream-configuration/index.ts";

export function appSettings(app: Config["apps"][string] | undefined): AppSettings | undefined {
  if (!app) return undefined;
  return {
    duplicate: app.duplicate,
    holdMs: milliseconds(app.hold),
    log: { ...defaultLogLimits, keepUs: milliseconds(app.keep) * 1000, maxBytes: bytes(app.maxBytes) },
    cursor: { maxLagUs: milliseconds(app.maxLag) * 1000, stallMs: milliseconds(app.stall) },
    ...(milliseconds(app.dvr) > 0 ? { history: historyLimits(app) } : {}),
    ...(app.pull.url === "" ? {} : { waitMs: milliseconds(app.pull.wait) }),
  };
}

function historyLimits({ dvr, dvrMemory, dvrDisk }: Config["apps"][string]): HistoryLimits {
  return { windowUs: milliseconds(dvr) * 1000, memoryBytes: bytes(dvrMemory), diskBytes: bytes(dvrDisk) };
}

export function accessSettings({ auth, streamKeys, access, limits, apps }: Config): AccessSettings {
  return { auth, streamKeys, ...access, trusted: limits.trusted, app: (app) => apps[app]?.access };
}

export function bandwidthLimits({ limits, apps }: Config): BandwidthLimits {
  const mega = 1_000_000;
  return {
    publisher: limits.publishBitrate * mega,
    viewer: limits.playBitrate * mega,
    total: limits.bandwidth * mega,
    app: (app) => (apps[app]?.bandwidth ?? 0) * mega,
    none:
      limits.publishBitrate + limits.playBitrate + limits.bandwidth === 0 &&
      Object.values(apps).every(({ bandwidth }) => bandwidth === 0),
  };
}

export function segmentSettings(app: Config["apps"][string] | undefined): SegmentSettings {
  return {
    segmentSeconds: milliseconds(app?.segment ?? "2s") / 1000,
    partSeconds: milliseconds(app?.part ?? "200ms") / 1000,
    windowSeconds: milliseconds(app?.dvr ?? "0s") / 1000,
  };
}

/** What encoders are told that ask; the distance of their keyframes is that of segments. */
export function encoderSettings({ apps, limits, rtmp }: Config, name: string): AppConfiguration | undefined {
  const app = apps[name];
  if (!app?.encoders.answer || (!rtmp.enabled && !rtmp.secureEnabled)) return undefined;
  const { ladder, codec, tracks, bitrate, audioBitrate, addresses } = app.encoders;
  const { videoIn, multitrack } = app.enhanced;
  const limited = [bitrate, limits.publishBitrate * 1000].filter((kbps) => kbps > 0);
  return {
    ladder,
    codec,
    maxTracks: multitrack ? tracks : 1,
    maxKbps: Math.min(...limited),
    audioKbps: audioBitrate,
    takes: (wanted) => videoIn === "all" || videoIn.some((each) => each === wanted),
    keyframeSeconds: Math.max(1, Math.round(milliseconds(app.segment) / 1000)),
    addresses,
  };
}
