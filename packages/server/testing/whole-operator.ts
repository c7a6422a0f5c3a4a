import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { localProof } from "../src/http/local-proof.ts";
import type { WholeServer } from "./whole-server.ts";

/** An answer of the API; `code` is there when it is a problem. */
export type Told = { readonly status: number; readonly code?: string; readonly body: unknown };

export type WholeOperator = {
  ask(method: string, path: string, body?: unknown): Promise<Told>;
  /** Fails where the answer is a problem. */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
};

/** Who may read the server's secret, and so is its owner. */
export async function operatorOf({ http, file }: WholeServer): Promise<WholeOperator> {
  const secret = await readFile(join(dirname(file), ".sluice", "secret"));
  const ask: WholeOperator["ask"] = async (method, path, body) => {
    const url = new URL(`/api/v1/${path}`, `http://127.0.0.1:${http}`);
    const response = await fetch(url, {
      method,
      headers: {
        authorization: localProof(secret, method, url.pathname),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const told: unknown = text === "" ? undefined : JSON.parse(text);
    const { code } = (told ?? {}) as { code?: string };
    return { status: response.status, body: told, ...(response.ok || code === undefined ? {} : { code }) };
  };
  const sure = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const { status, body: told } = await ask(method, path, body);
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(told)}`);
    return told as T;
  };
  return { ask, get: (path) => sure("GET", path), post: (path, body) => sure("POST", path, body) };
}
