import { Type } from "typebox";

/** The `thumbnails` section of the configuration. */
export const thumbnailSettings = Type.Object(
  {
    enabled: Type.Boolean({
      default: true,
      description: "serve /app/name.jpg and the storyboard /app/name.vtt of apps with `apps.NAME.thumbnails`",
    }),
  },
  { additionalProperties: false, default: {}, description: "small pictures of streams" },
);
