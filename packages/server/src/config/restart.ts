import { isDeepStrictEqual } from "node:util";
import type { Config } from "./schema.ts";

/** The keys that are read once, at the start. Every other takes effect while the server runs. */
export const restartKeys: readonly string[] = [
  "rtmp.enabled",
  "rtmp.host",
  "rtmp.port",
  "rtmp.secureEnabled",
  "rtmp.securePort",
  "http.host",
  "http.port",
  "http.securePort",
  "tls.certificate",
  "tls.key",
  "tls.certificates",
  "tls.acme.domains",
  "tls.acme.email",
  "tls.acme.directory",
  "tls.acme.agreeToTerms",
  "pacing.window",
  "pacing.maxWindow",
  "dvr.directory",
  "dvr.memory",
  "storage.postgres",
];

/** Which keys differ that are read only at the start. */
export function keysThatNeedRestart(before: Config, after: Config): string[] {
  return restartKeys.filter((key) => !isDeepStrictEqual(valueAt(before, key), valueAt(after, key)));
}

function valueAt(config: Config, key: string): unknown {
  return key
    .split(".")
    .reduce<unknown>((section, name) => (section as Readonly<Record<string, unknown>>)[name], config);
}
