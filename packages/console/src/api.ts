import type { Me } from "./api-types.ts";

const root = "/api/v1/";

/** The API said no, in its own words. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

let csrf: string | undefined;
const forgotten = new Set<() => void>();

/** Calls back whenever the server no longer knows who we are. Returns the function that ends it. */
export function onSignedOut(listener: () => void): () => void {
  forgotten.add(listener);
  return () => void forgotten.delete(listener);
}

export function get<Answer>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<Answer> {
  const asked = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return call<Answer>("GET", asked.length > 0 ? `${path}?${new URLSearchParams(asked)}` : path);
}

export function post<Answer>(path: string, body: object): Promise<Answer> {
  return call<Answer>("POST", path, body);
}

export function patch<Answer>(path: string, body: object): Promise<Answer> {
  return call<Answer>("PATCH", path, body);
}

export async function remove(path: string): Promise<void> {
  await call<unknown>("DELETE", path);
}

/** Who is signed in; undefined for nobody. */
export async function whoAmI(): Promise<Me | undefined> {
  try {
    const me = await call<Me>("GET", "me");
    csrf = me.csrf;
    return me;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return undefined;
    throw error;
  }
}

export async function signIn(name: string, password: string): Promise<Me> {
  const me = await call<Me>("POST", "sign-in", { name, password });
  csrf = me.csrf;
  return me;
}

export async function signOut(): Promise<void> {
  await call("POST", "sign-out", {});
  csrf = undefined;
}

async function call<Answer>(method: Method, path: string, body?: object): Promise<Answer> {
  const response = await fetch(root + path, {
    method,
    cache: "no-store",
    headers: {
      accept: "application/json",
      ...(body ? { "content-type": "application/json" } : {}),
      ...(method !== "GET" && csrf !== undefined ? { "sluice-csrf": csrf } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch(() => {
    throw new ApiError(0, "network", "the server does not answer");
  });
  if (!response.ok) throw await problemOf(response, path);
  // The shape is the API's promise, which a test compares with its own description.
  return response.status === 204 ? (undefined as Answer) : ((await response.json()) as Answer);
}

async function problemOf(response: Response, path: string): Promise<ApiError> {
  const said = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  if (response.status === 401 && path !== "sign-in" && path !== "me") for (const tell of forgotten) tell();
  return new ApiError(
    response.status,
    said.code ?? "http/failed",
    said.detail ?? `the server answered ${response.status}`,
  );
}
