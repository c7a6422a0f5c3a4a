import { streamName } from "../../core/stream-name.ts";
import { type CallbackForm, isOk, type Question, type Verdict } from "./callback-form.ts";

/** As nginx-rtmp asks with `on_publish` and `on_play`. Allowed is what is answered with 2xx; 3xx gives the stream the name in Location. */
export const nginxRtmpForm: CallbackForm = {
  contentType: "application/x-www-form-urlencoded",
  write(question) {
    const fields = own(question);
    const names = new Set(fields.map(([name]) => name));
    const parameters = [...question.request.query].filter(([name]) => !names.has(plainName(name)));
    return new URLSearchParams([...fields, ...parameters]).toString();
  },
  read({ status, location }, { stream }): Verdict {
    if (isOk(status)) return { kind: "yes" };
    if (status < 300 || status >= 400) return { kind: "no" };
    const name = lastSegment(location ?? "");
    const renamed = name === "" ? undefined : streamName(stream.app, name);
    return renamed
      ? { kind: "yes", stream: renamed }
      : { kind: "unclear", why: "the answer is a redirection to nothing that could be a stream's name" };
  },
};

function own({ request, number }: Question): [string, string][] {
  const { action, stream, address, headers } = request;
  return [
    ["app", stream.app],
    ["flashver", headers.get("user-agent") ?? ""],
    ["swfurl", ""],
    ["tcurl", `rtmp://localhost/${stream.app}`],
    ["pageurl", headers.get("referer") ?? ""],
    ["addr", address],
    ["clientid", String(number)],
    ["call", action],
    ["name", stream.name],
    ...(action === "publish"
      ? ([["type", "live"]] as [string, string][])
      : ([
          ["start", "0"],
          ["duration", "0"],
          ["reset", "0"],
        ] as [string, string][])),
  ];
}

/** What a name comes to in PHP and its like, where the last of two fields holds: nobody passes themselves off as another address with `?addr=` or `?%20addr[0]=`. */
function plainName(name: string): string {
  return name
    .replace(/^\s+/, "")
    .replace(/[[\0].*$/s, "")
    .toLowerCase();
}

function lastSegment(location: string): string {
  const path = location.replace(/[?#].*$/s, "").replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "");
  return path.slice(path.lastIndexOf("/") + 1);
}
