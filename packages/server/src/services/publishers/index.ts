import { decodeAmf0, isAmfObject, type Packet, type Track } from "@sluice/media";
import type { Hub } from "../../core/hub.ts";
import type { Stream } from "../../core/stream.ts";
import { isDefault } from "../../core/tracks.ts";
import { Health, type HealthFigures } from "./health.ts";
import { type Warning, warningsOf } from "./warnings.ts";

/** How a stream's publisher does. */
export type PublisherHealth = HealthFigures & {
  /** What the encoder calls itself in its metadata. */
  readonly encoder?: string;
  readonly warnings: readonly Warning[];
};

export type HealthWatch = {
  of(stream: Stream): PublisherHealth | undefined;
  /** Of one track of the stream, in bits per second; undefined while that is not known. */
  bitrateOf(stream: Stream, track: Track): number | undefined;
  close(): void;
};

/** Watches every stream of the hub come in. */
export function watchHealth(hub: Hub): HealthWatch {
  const all = new WeakMap<Stream, Health>();
  const leave = hub.onStream((stream) => {
    const health = new Health((track) => isDefault(stream.tracks, track));
    all.set(stream, health);
    stream.consume(health);
  });
  return {
    of(stream) {
      const figures = stream.state === "waiting" ? undefined : all.get(stream)?.figures();
      if (!figures) return undefined;
      const encoder = encoderOf(stream.metadata);
      const warnings = stream.state === "live" ? warningsOf(figures, stream.tracks) : [];
      return { ...figures, ...(encoder === undefined ? {} : { encoder }), warnings };
    },
    bitrateOf: (stream, track) => all.get(stream)?.bitrateOf(track),
    close: leave,
  };
}

const longestName = 128;

function encoderOf(metadata: Packet | undefined): string | undefined {
  if (!metadata) return undefined;
  const [, values] = decodeAmf0(metadata.data, { lenient: true });
  if (values === undefined || !isAmfObject(values)) return undefined;
  const { encoder } = values;
  return typeof encoder === "string" ? encoder.slice(0, longestName).replaceAll(/[^\x20-\x7e]/g, "?") : undefined;
}
