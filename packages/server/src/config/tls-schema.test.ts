import assert from "node:assert/strict";
import test from "node:test";
import { parseConfig } from "./load.ts";
import { keysThatNeedRestart } from "./restart.ts";

function problems(text: string, environment: Record<string, string> = {}): string {
  try {
    parseConfig(text, environment);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}

test("several pairs are read, from the file and as YAML from the environment", () => {
  const pairs = [{ certificate: "a.pem", key: "b.pem" }];
  const text = "tls: { certificates: [{ certificate: a.pem, key: b.pem }] }";
  assert.deepEqual(parseConfig(text, {}).config.tls.certificates, pairs);
  const environment = { SLUICE_TLS_CERTIFICATES: "[{ certificate: a.pem, key: b.pem }]" };
  assert.deepEqual(parseConfig("", environment).config.tls.certificates, pairs);
  const half = parseConfig("tls: { certificates: [{ certificate: a.pem }] }", {}).config;
  assert.deepEqual(half.tls.certificates, [{ certificate: "a.pem", key: "" }]);
});

test("what is no pair, and what is too much, is refused in words", () => {
  const list = (count: number) => `tls: { certificates: [${Array(count).fill("{ certificate: a, key: b }")}] }`;
  assert.equal(problems(list(64)), "");
  assert.match(problems(list(65)), /tls\.certificates: .*a list of at most 64/);
  assert.match(problems("tls: { certificates: [a.pem] }"), /tls\.certificates\.0: "a\.pem" is not a section/);
  assert.match(problems("tls: { certificates: [{ cert: a }] }"), /tls\.certificates\.0\.cert: is no setting/);
  assert.match(problems("", { SLUICE_TLS_CERTIFICATES: "a.pem,b.pem" }), /SLUICE_TLS_CERTIFICATES/);
});

test("domains are those that can be proven over HTTP, and nothing is ordered without the operator's word", () => {
  const order = (domains: string, more = "agreeToTerms: true") =>
    `auth: open\ntls: { acme: { domains: ${domains}, ${more} } }`;
  assert.deepEqual(parseConfig(order("[live.example.com, localhost, xn--bcher-kva.example]"), {}).warnings, []);
  for (const domain of [
    "'*.example.com'",
    "192.0.2.1/",
    "a..example",
    "-a.example",
    "../../key",
    `${"a".repeat(64)}.example`,
  ])
    assert.match(problems(order(`[${domain}]`)), /tls\.acme\.domains\.0: .* is not a domain/, domain);
  assert.match(problems(order("[a.example]", "directory: 'http://ca.example/'")), /begins with https/);
  assert.match(problems(order("[a.example]", "email: 'a@b,c@d'")), /an e-mail address/);
  assert.match(
    parseConfig(order("[a.example]", "email: a@b.example"), {}).warnings.join(),
    /tls\.acme\.agreeToTerms: true/,
  );
});

test("lists that are written anew but are the same need no restart", () => {
  const config = (name: string) => parseConfig(`tls: { acme: { domains: [${name}] } }`, {}).config;
  assert.deepEqual(keysThatNeedRestart(config("a.example"), config("a.example")), []);
  assert.deepEqual(keysThatNeedRestart(config("a.example"), config("b.example")), ["tls.acme.domains"]);
});
