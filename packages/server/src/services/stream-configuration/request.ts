import { type Static, Type } from "typebox";

const optional = Type.Optional;
const text = Type.String({ maxLength: 512 });
const whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const nullable = (limits: { minimum: number; maximum: number }) =>
  optional(Type.Union([Type.Integer(limits), Type.Null()]));
const side = Type.Integer({ minimum: 1, maximum: 16_384 });
const rate = Type.Object({
  numerator: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  denominator: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
});

/** A canvas and what is sent of it; older clients have these beside their preferences. */
const canvas = { width: side, height: side, framerate: rate };

/** What OBS asks before it goes live (GoLiveApi::PostData), as far as it matters here. What else it tells of its machine may be there. */
export const requestShape = Type.Object({
  service: optional(text),
  schema_version: optional(text),
  authentication: Type.String({ maxLength: 4_096 }),
  client: optional(
    Type.Object({
      name: optional(text),
      version: optional(text),
      supported_codecs: optional(Type.Array(text, { maxItems: 64 })),
    }),
  ),
  capabilities: optional(
    Type.Object({
      cpu: optional(Type.Object({ logical_cores: optional(whole) })),
      gpu: optional(
        Type.Union([
          Type.Array(Type.Object({ model: optional(text), vendor_id: optional(whole) }), { maxItems: 32 }),
          Type.Null(),
        ]),
      ),
      system: optional(Type.Object({ name: optional(text), release: optional(text), version: optional(text) })),
    }),
  ),
  preferences: Type.Object({
    maximum_aggregate_bitrate: nullable({ minimum: 0, maximum: 1_000_000_000 }),
    maximum_video_tracks: nullable({ minimum: 0, maximum: 1_000 }),
    vod_track_audio: optional(Type.Boolean()),
    composition_gpu_index: nullable({ minimum: 0, maximum: 1_000 }),
    audio_channels: optional(Type.Integer({ minimum: 0, maximum: 64 })),
    canvases: optional(Type.Array(Type.Object(canvas), { maxItems: 16 })),
    width: optional(side),
    height: optional(side),
    framerate: optional(rate),
  }),
});

export type ConfigurationRequest = Static<typeof requestShape>;
export type Canvas = { readonly width: number; readonly height: number; readonly framerate: Static<typeof rate> };

/** The canvas that is sent: the first, where there are several. */
export function canvasOf({ preferences }: ConfigurationRequest): Canvas | undefined {
  const { canvases, width, height, framerate } = preferences;
  const [first] = canvases ?? [];
  if (first) return first;
  return width === undefined || height === undefined || !framerate ? undefined : { width, height, framerate };
}
