const scheme = "(?:rtmps?:)?";
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const host = `(?:${label}(?:\\.${label}){0,9}|\\[[0-9A-Fa-f:.]{2,45}\\])`;
const port = "(?::(?:6553[0-5]|655[0-2]\\d|65[0-4]\\d{2}|6[0-4]\\d{3}|[1-5]\\d{4}|[1-9]\\d{0,3}))?";
const segment = "[A-Za-z0-9_~](?:\\.?[A-Za-z0-9_~-]){0,127}";
const app = `(?:/${segment}){1,4}`;

/** Where RTMP clients may be sent: an address with or without an app, or what differs from their own. No user, no query: what a client shows is its own. */
export const targetPattern: string = `^(?:${scheme}//${host}${port}(?:${app}|/)?|${app})$`;
export const targetForm = "an address such as rtmp://other.example, rtmps://other.example:1936/live or /live";

/** Where encoders may be told to publish: a server, and nothing more. */
export const addressPattern: string = `^rtmps?://${host}${port}$`;
