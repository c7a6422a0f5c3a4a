import type { IncomingMessage } from "node:http";

/** Whether a page at the request's origin may use what is served here: anyone's where origins hold `*`, else the listed ones and pages of this very host. Programs send no origin. */
export function originAllowed(request: IncomingMessage, origins: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || origins.includes("*") || origins.includes(origin)) return true;
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/** The CORS answer for public media: never credentials, never an origin that is not on the list. */
export function corsHeaders(request: IncomingMessage, origins: readonly string[]): Readonly<Record<string, string>> {
  const { origin } = request.headers;
  if (origins.includes("*")) return anyones;
  if (origin === undefined || !originAllowed(request, origins)) return { vary: "Origin" };
  return { "access-control-allow-origin": origin, vary: "Origin" };
}

const anyones: Readonly<Record<string, string>> = { "access-control-allow-origin": "*" };
