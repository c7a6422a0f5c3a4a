import type { AccessRequest } from "../../core/access.ts";
import { type StreamName, streamName } from "../../core/stream-name.ts";
import { type CallbackForm, isOk, jsonFields, printable, type Verdict } from "./callback-form.ts";

const told = ["origin", "referer", "user-agent"] as const;
const maxId = 256;
/** The end of the year 9999: what is later was meant in milliseconds. */
const latest = 253_402_300_799;

/** Our own form: all that is known goes out, and the answer may limit what it allows. */
export const jsonForm: CallbackForm = {
  contentType: "application/json",
  write: ({ request, id, time }) =>
    JSON.stringify({
      event: request.action,
      id,
      time,
      app: request.stream.app,
      stream: request.stream.name,
      protocol: request.protocol,
      address: request.address,
      ...(request.path === undefined ? {} : { path: request.path }),
      query: Object.fromEntries(request.query), // own properties, whatever they are called
      headers: Object.fromEntries(told.map((name) => [name, request.headers.get(name)])),
      ...(request.user === undefined ? {} : { user: request.user }),
    }),
  read({ status, body }, request) {
    if (isOk(status)) {
      if (body.trim() === "") return { kind: "yes" };
      const fields = jsonFields(body);
      return fields ? verdict(fields, request) : { kind: "unclear", why: "the answer is no JSON object" };
    }
    if (status >= 400) return { kind: "no", ...printable(jsonFields(body)?.get("reason")) };
    return { kind: "unclear", why: `the answer has status ${status}` };
  },
};

function verdict(fields: ReadonlyMap<string, unknown>, request: AccessRequest): Verdict {
  const allow = fields.get("allow") ?? true;
  if (allow === false) return { kind: "no", ...printable(fields.get("reason")) };
  const stream = renamed(fields.get("stream"), request.stream);
  const expires = within(fields.get("expires"), latest);
  const sessions = within(fields.get("sessions"), 1_000_000);
  const bitrate = within(fields.get("bitrate"), Number.MAX_SAFE_INTEGER);
  const id = identity(fields.get("id"));
  const wrong = Object.entries({ allow: allow === true, stream, expires, sessions, bitrate, id }).find(
    ([, value]) => value === false,
  );
  if (wrong) return { kind: "unclear", why: `the answer's \`${wrong[0]}\` cannot be used` };
  if (sessions && !id) return { kind: "unclear", why: "the answer has `sessions`, but no `id` to count them by" };
  return {
    kind: "yes",
    ...(stream ? { stream } : {}),
    ...(expires ? { expiresAt: expires * 1_000 } : {}),
    ...(sessions ? { sessions } : {}),
    ...(bitrate ? { bitrate } : {}),
    ...(id ? { id } : {}),
  };
}

/** These three: undefined where nothing is said, false where it makes no sense. */
function renamed(value: unknown, { app }: StreamName): StreamName | undefined | false {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string" || value === "") return false;
  return streamName(value.includes("/") ? "" : app, value) ?? false;
}

function within(value: unknown, most: number): number | undefined | false {
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most ? value : false;
}

function identity(value: unknown): string | undefined | false {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === "string" && text.length >= 1 && text.length <= maxId ? text : false;
}
