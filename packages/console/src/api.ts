import { type ApiRequest, apiOver, type Me, type Problem } from "@sluice/api";

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

let csrf: string | undefined;
const forgotten = new Set<() => void>();

/** Asks the API for whoever is signed in. */
export const api = apiOver(send);

/** Calls back whenever the server no longer knows who we are. Returns the function that ends it. */
export function onSignedOut(listener: () => void): () => void {
  forgotten.add(listener);
  return () => void forgotten.delete(listener);
}

/** Who is signed in; undefined for nobody. */
export async function whoAmI(): Promise<Me | undefined> {
  try {
    const me = await api("GET /me");
    csrf = me.csrf;
    return me;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return undefined;
    throw error;
  }
}

export async function signIn(name: string, password: string): Promise<Me> {
  const me = await api("POST /sign-in", { body: { name, password } });
  csrf = me.csrf;
  return me;
}

export async function signOut(): Promise<void> {
  await api("POST /sign-out");
  csrf = undefined;
}

async function send({ method, path, body }: ApiRequest): Promise<unknown> {
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
  return response.status === 204 ? undefined : response.json();
}

async function problemOf(response: Response, path: string): Promise<ApiError> {
  const said = (await response.json().catch(() => ({}))) as Partial<Problem>;
  if (response.status === 401 && path !== "sign-in" && path !== "me") for (const tell of forgotten) tell();
  return new ApiError(
    response.status,
    said.code ?? "http/failed",
    said.detail ?? `the server answered ${response.status}`,
  );
}
