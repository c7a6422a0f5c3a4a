import { createHash, randomBytes } from "node:crypto";

/** What an encoder appends to its app after the server has said what it needs, as librtmp's PublisherAuth does it: with what the description has, and a password. */
export function challengeQuery(description: string, password: string, app: string): string {
  const [, mode] = /authmod=(\w+)/.exec(description) ?? [];
  const said = new URLSearchParams(description.slice(description.indexOf("?reason=needauth") + 1));
  const read = (name: string) => said.get(name) ?? "";
  return mode === "llnw" ? llnw(read, password, app) : adobe(read, password);
}

function adobe(read: (name: string) => string, password: string): string {
  const [user, opaque] = [read("user"), read("opaque")];
  const challenge = randomBytes(4).toString("base64");
  const hash = md5(user + read("salt") + password).toString("base64");
  const response = md5(hash + opaque + challenge).toString("base64");
  return `?authmod=adobe&user=${user}&challenge=${challenge}&response=${response}&opaque=${opaque}`;
}

function llnw(read: (name: string) => string, password: string, app: string): string {
  const [user, nonce] = [read("user"), read("nonce")];
  const cnonce = randomBytes(4).toString("hex");
  const path = app.includes("/") ? app : `${app}/_definst_`;
  const first = md5(`${user}:live:${password}`).toString("hex");
  const second = md5(`publish:/${path}`).toString("hex");
  const response = md5(`${first}:${nonce}:00000001:${cnonce}:auth:${second}`).toString("hex");
  return `?authmod=llnw&user=${user}&nonce=${nonce}&cnonce=${cnonce}&nc=00000001&response=${response}`;
}

function md5(text: string): Buffer {
  return createHash("md5").update(text).digest();
}
