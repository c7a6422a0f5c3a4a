import { fingerprint } from "../../core/grants.ts";
import { type CallbackForm, jsonFields, printable } from "./callback-form.ts";

const vhost = "__defaultVhost__";

/** As SRS asks with `on_publish` and `on_play` of its http_hooks. Allowed is what is answered with status 200 and a 0, alone or as `{"code": 0}`. */
export const srsForm: CallbackForm = {
  contentType: "application/json",
  write({ request, id }) {
    const { action, stream, address, headers, query } = request;
    const parameters = new URLSearchParams([...query]).toString();
    return JSON.stringify({
      server_id: "sluice",
      action: action === "publish" ? "on_publish" : "on_play",
      client_id: id,
      ip: address,
      vhost,
      app: stream.app,
      tcUrl: `rtmp://${vhost}/${stream.app}`,
      stream: stream.name,
      param: parameters === "" ? "" : `?${parameters}`,
      ...(action === "play" ? { pageUrl: headers.get("referer") ?? "" } : {}),
      stream_url: `/${stream.path}`,
      stream_id: fingerprint("stream", stream.path),
    });
  },
  read({ status, body }) {
    if (status >= 400) return { kind: "no" };
    if (status !== 200) return { kind: "unclear", why: `the answer has status ${status}` };
    const fields = jsonFields(body);
    const code = fields ? fields.get("code") : number(body.trim());
    if (code === 0) return { kind: "yes" };
    if (typeof code === "number") return { kind: "no", ...printable(fields?.get("msg")) };
    return { kind: "unclear", why: "the answer is neither a number nor an object with a code" };
  },
};

function number(text: string): number | undefined {
  return /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
}
