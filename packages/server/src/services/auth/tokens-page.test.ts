import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import test from "node:test";
import { parse } from "yaml";
import { tokenLink } from "../../../testing/tokens.ts";
import type { AccessRequest } from "../../core/access.ts";
import { streamName } from "../../core/stream-name.ts";
import { signedLink } from "./signed.ts";
import type { SignedSettings } from "./signed-form.ts";

const page = readFileSync(new URL("../../../../../docs/access-tokens.md", import.meta.url), "utf8");
const blocks = Array.from(page.matchAll(/^```(sh|yaml)\n(.*?)^```/gms), ([, kind = "", text = ""]) => ({ kind, text }));
const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
const skip = (() => {
  try {
    execFileSync("openssl", ["version"]);
    return false;
  } catch {
    return "openssl is not installed";
  }
})();
const usual = { secret: "", template: "", prefix: "wowzatoken", hash: "sha256", bindAddress: false, longest: "24h" };

/** What the last `yaml` before it says of `jwt` or `signed`. */
function settingsBefore(index: number): { readonly jwt?: object; readonly signed?: object } {
  const text = blocks.slice(0, index).findLast(({ kind }) => kind === "yaml")?.text ?? "";
  const whole = parse(text);
  return whole.apps?.live.access ?? whole;
}

function requestFor(address: string): AccessRequest {
  const url = new URL(address, "http://localhost/live/cam1");
  const shown = /^[^/?]+\.[^/?]+\.[^/?]+$/.test(address) ? new URL(`http://localhost/live/cam1?token=${address}`) : url;
  const stream = streamName("live", "cam1");
  assert.ok(stream);
  const isRtmp = shown.protocol === "rtmp:";
  return {
    action: isRtmp ? "publish" : "play",
    stream,
    protocol: isRtmp ? "rtmp" : "hls",
    address: "127.0.0.1",
    query: new Map(shown.searchParams),
    headers: new Map(),
    ...(isRtmp ? {} : { path: shown.pathname }),
  };
}

test("each command of the page about tokens and signed addresses makes what lets in, as pasted", {
  skip,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-page-"));
  t.after(() => rmSync(folder, { recursive: true }));
  let shown = 0;
  for (const [index, { kind, text }] of blocks.entries()) {
    if (kind !== "sh" || text.startsWith("npx sluice")) continue;
    const run = { cwd: folder, env: { ...process.env, PATH: path }, encoding: "utf8" } as const;
    const output = execFileSync("sh", ["-c", text], run).trim();
    if (output === "") continue;
    const { jwt, signed } = settingsBefore(index);
    const link = jwt
      ? tokenLink(jwt, { resolve: (file) => join(folder, file) })
      : signedLink(() => ({ ...usual, form: "sluice", ...signed }) as SignedSettings);
    const decision = await link.decide(requestFor(output));
    assert.deepEqual(decision?.allowed, true, `${text}\n${output}\n${JSON.stringify(decision)}`);
    shown++;
  }
  assert.equal(shown, 7);
});
