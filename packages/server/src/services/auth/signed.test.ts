import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import type { AccessRequest } from "../../core/access.ts";
import { fingerprint } from "../../core/grants.ts";
import { streamName } from "../../core/stream-name.ts";
import { signedLink, signedProblem } from "./signed.ts";
import type { SignedSettings } from "./signed-form.ts";
import { signAddress } from "./signed-sluice.ts";

const secret = "nobody else knows this";
const usual: SignedSettings = {
  form: "sluice",
  secret,
  template: "",
  prefix: "wowzatoken",
  hash: "sha256",
  bindAddress: false,
  longest: "24h",
};
const nginx = { form: "nginx", template: "$secure_link_expires$uri$remote_addr SECRET" } as const;
const seconds = () => Math.floor(Date.now() / 1_000);
const soon = () => seconds() + 600;

function asked(query: string, change: Partial<AccessRequest> = {}, path = "live/cam1"): AccessRequest {
  const cut = path.lastIndexOf("/");
  const stream = streamName(path.slice(0, cut), path.slice(cut + 1));
  assert.ok(stream);
  const parameters = new Map(new URLSearchParams(query));
  return {
    action: "play",
    stream,
    protocol: "hls",
    address: "192.0.2.7",
    query: parameters,
    headers: new Map(),
    ...change,
  };
}

function ruleOf(request: AccessRequest, settings: Partial<SignedSettings> = {}): string | undefined {
  const decision = signedLink(() => ({ ...usual, ...settings })).decide(request);
  assert.ok(decision && !(decision instanceof Promise), "a signature was shown");
  assert.ok(!JSON.stringify(decision).includes(settings.secret ?? secret));
  return decision.allowed ? undefined : decision.rule;
}

/** By foreign means: what OpenSSL makes of a text. */
function openssl(text: string, ...options: string[]): Buffer {
  return execFileSync("openssl", ["dgst", "-binary", ...options], { input: text });
}

const hasOpenssl = (() => {
  try {
    return openssl("", "-md5").length === 16;
  } catch {
    return false;
  }
})();
const skip = hasOpenssl ? false : "openssl is not installed";

test("who shows no signature is for the next to judge, in every form", () => {
  for (const form of ["sluice", "nginx", "wowza", "node-media-server"] as const)
    for (const query of ["", "expires=1700000000", "wowzatokenendtime=1700000000", "token=x"])
      assert.equal(signedLink(() => ({ ...usual, form })).decide(asked(query)), undefined);
});

test("a signed address gives a right that is named by its signature and ends with it", () => {
  const expires = soon();
  const link = signedLink(() => usual);
  const query = signAddress({ action: "play", stream: "live/cam1", expires }, secret);
  const id = fingerprint("signed", new URLSearchParams(query).get("signature") ?? "");
  assert.deepEqual(link.decide(asked(query)), { allowed: true, id, expiresAt: expires * 1_000 });
  const other = signAddress({ action: "publish", stream: "live/cam1", expires }, secret);
  const decision = link.decide(asked(other, { action: "publish" }));
  const key = fingerprint("signed", new URLSearchParams(other).get("signature") ?? "");
  assert.deepEqual(decision, { allowed: true, id: key, key, expiresAt: expires * 1_000 });
});

test("our own form is what its page says, made with openssl", { skip }, () => {
  const expires = soon();
  for (const from of ["", "192.0.2.7"]) {
    const text = `play\nlive/cam1\n${expires}\n${from}`;
    const signature = openssl(text, "-sha256", "-hmac", secret).toString("base64url");
    for (const path of ["/live/cam1.flv", "/live/cam1.m3u8", "/live/cam1.mpd", undefined]) {
      const request = asked(`expires=${expires}&signature=${signature}`, path === undefined ? {} : { path });
      assert.equal(ruleOf(request), undefined);
    }
  }
});

const wrong: readonly { readonly name: string; readonly request: (good: string, end: number) => AccessRequest }[] = [
  { name: "another stream", request: (good) => asked(good, {}, "live/cam2") },
  { name: "another app", request: (good) => asked(good, {}, "other/cam1") },
  { name: "another action", request: (good) => asked(good, { action: "publish" }) },
  { name: "a later end", request: (good, end) => asked(good.replace(String(end), String(end + 1))) },
  { name: "another signature", request: (_, end) => asked(`expires=${end}&signature=${"A".repeat(43)}`) },
];
for (const { name, request } of wrong) {
  test(`an address that was signed for something else is refused: ${name}`, () => {
    const expires = soon();
    const good = signAddress({ action: "play", stream: "live/cam1", expires }, secret);
    assert.equal(ruleOf(asked(good)), undefined);
    assert.equal(ruleOf(request(good, expires)), "signed/signature");
  });
}

test("an address that ends is refused when it has, and when its end is too far away", () => {
  const rule = (expires: number, settings?: Partial<SignedSettings>) =>
    ruleOf(asked(signAddress({ action: "play", stream: "live/cam1", expires }, secret)), settings);
  assert.equal(rule(seconds() - 1), "signed/expired");
  assert.equal(rule(0), "signed/expired");
  assert.equal(rule(seconds() + 90_000), "signed/longest");
  assert.equal(rule(soon(), { longest: "1m" }), "signed/longest");
  assert.equal(rule(soon(), { longest: "1h" }), undefined);
});

test("an address may be bound to the one who watches, however theirs is written", () => {
  const made = { action: "play", stream: "live/cam1", expires: soon() } as const;
  const bound = (address: string) => signAddress({ ...made, address }, secret);
  const from = (query: string, address: string, bindAddress: boolean) =>
    ruleOf(asked(query, { address }), { bindAddress });
  for (const bindAddress of [true, false]) {
    assert.equal(from(bound("192.0.2.7"), "::ffff:192.0.2.7", bindAddress), undefined);
    assert.equal(from(bound("2001:DB8:0::1"), "2001:db8::1", bindAddress), undefined);
    assert.equal(from(bound("192.0.2.7"), "192.0.2.8", bindAddress), "signed/signature");
    assert.equal(from(bound("2001:db8::1"), "2001:db8::2", bindAddress), "signed/signature");
  }
  assert.equal(from(signAddress(made, secret), "192.0.2.7", true), "signed/signature");
});

const broken: readonly (readonly [Partial<SignedSettings>, string])[] = [
  [{}, "signature="],
  [{}, "signature=x&expires=1700000000"],
  [{}, `signature=${"A".repeat(43)}`],
  [{}, `signature=${"A".repeat(43)}&expires=`],
  [{}, `signature=${"A".repeat(43)}&expires=soon`],
  [{}, `signature=${"A".repeat(43)}&expires=1e9`],
  [{}, `signature=${"A".repeat(43)}&expires=-1`],
  [{}, `signature=${"A".repeat(43)}&expires=0x65`],
  [{}, `signature=${"A".repeat(43)}&expires=%201700000000`],
  [{}, `signature=${"A".repeat(43)}&expires=${"9".repeat(400)}`],
  [{}, `signature=${"A".repeat(42)}%00&expires=1700000000`],
  [{}, `signature=${"A".repeat(10_000)}&expires=1700000000`],
  [nginx, "md5="],
  [nginx, "md5==="],
  [nginx, "md5=_e4Nc3iduzkWRm01TBBNYw"],
  [nginx, "md5=_e4Nc3iduzkWRm01TBBNYw&expires=never"],
  [nginx, `md5=${"A".repeat(10_000)}&expires=1700000000`],
  [{ form: "wowza" }, "wowzatokenhash="],
  [{ form: "wowza" }, "wowzatokenhash=x&wowzatokenendtime=later"],
  [{ form: "wowza" }, "wowzatokenhash=x&wowzatokenstarttime="],
  [{ form: "wowza" }, "wowzatokenhash=x&wowzatoken%26=1"],
  [{ form: "wowza" }, `wowzatokenhash=${"A".repeat(10_000)}`],
  [{ form: "node-media-server" }, "sign="],
  [{ form: "node-media-server" }, "sign=1700000000"],
  [{ form: "node-media-server" }, "sign=1700000000-"],
  [{ form: "node-media-server" }, "sign=-80c1d1ad2e0c2ab63eebb50eed64201a"],
  [{ form: "node-media-server" }, "sign=1700000000-80C1D1AD2E0C2AB63EEBB50EED64201A"],
  [{ form: "node-media-server" }, "sign=1700000000-80c1d1ad2e0c2ab63eebb50eed64201a-x"],
];
for (const [settings, query] of broken) {
  test(`malformed in the form ${settings.form ?? "sluice"}: ${query.slice(0, 80)}`, () => {
    const decision = signedLink(() => ({ ...usual, ...settings })).decide(asked(query));
    const reason = "the signature of the address is not valid";
    assert.deepEqual(decision, { allowed: false, rule: "signed/malformed", reason });
  });
}

test("signatures of any length are compared without an error", () => {
  for (let length = 1; length <= 88; length++) {
    const query = `wowzatokenhash=${"A".repeat(length)}`;
    assert.equal(ruleOf(asked(query), { form: "wowza" }), "signed/signature");
  }
});

const unusable: readonly Partial<SignedSettings>[] = [
  { secret: "" },
  { ...nginx, secret: "" },
  { ...nginx, template: "" },
  { ...nginx, template: "$secure_link_expires$uri" },
  { ...nginx, template: "$secure_link_expires$arg_stream SECRET" },
  { ...nginx, template: "$secure_link_expires$uri$host SECRET" },
  { ...nginx, template: "$secure_link_expires$uri SECRET", bindAddress: true },
  { form: "wowza", secret: "" },
  { form: "node-media-server", secret: "" },
  { form: "node-media-server", bindAddress: true },
];
for (const settings of unusable) {
  test(`settings that cannot be kept to let nobody in: ${JSON.stringify(settings)}`, { skip }, () => {
    const all = { ...usual, ...settings };
    assert.match(signedProblem(all) ?? "", /^(the|there|this) /);
    const [end, key] = [soon(), all.secret];
    const md5 = openssl(`/live/cam1-${end}-${key}`, "-md5").toString("hex");
    const own = new URLSearchParams(signAddress({ action: "play", stream: "live/cam1", expires: end }, key));
    const hash = openssl(`live/cam1?${key}`, "-sha256").toString("base64url");
    const query = `expires=${end}&signature=${own.get("signature")}&md5=A&wowzatokenhash=${hash}&sign=${end}-${md5}`;
    const decision = signedLink(() => all).decide(asked(query));
    assert.ok(decision && "rule" in decision);
    assert.equal(decision.rule, "signed/settings");
  });
}
