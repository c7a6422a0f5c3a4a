import { Type } from "typebox";

/** The `httpTs` section of the configuration. */
export const httpTsSettings = Type.Object(
  { enabled: Type.Boolean({ default: true, description: "serve /app/name.ts over HTTP" }) },
  { additionalProperties: false, default: {}, description: "MPEG-TS over HTTP" },
);
