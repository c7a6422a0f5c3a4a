import { codecIn } from "./codec-name.ts";

/** What a server says of a stream: its status, none when it cannot be reached; the error's code, and the codec that it is about; and whether it waits for the publisher. */
export type ServerAnswer = {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly codec: string;
  readonly isHeld: boolean;
  /** The stream comes when somebody asks for its media: to look whether it is there is not enough. */
  readonly isOnDemand: boolean;
};

const limitMs = 5_000;
const unreachable: ServerAnswer = { status: undefined, code: undefined, codec: "", isHeld: false, isOnDemand: false };

/** Asks for an address without taking its media. `why` asks for what an error is about too, which only a whole answer says. */
export async function askServer(url: string, why = false): Promise<ServerAnswer> {
  const address = url.replace(/^ws/, "http");
  try {
    const { status, headers } = await ask(address, "HEAD");
    const isHeld = headers.get("sluice-stream") === "held";
    const isOnDemand = headers.get("sluice-stream") === "on demand";
    const problem = (status === 404 || status === 415) && why ? await problemOf(address, isOnDemand) : {};
    return { status, code: problem.code, codec: codecIn(problem.detail), isHeld, isOnDemand };
  } catch {
    return unreachable;
  }
}

type Problem = { readonly code?: string; readonly detail?: string };

/** Sluice says `stream/not-found` of a stream that is not live; another code, or none, means that there is no such way. */
async function problemOf(address: string, isOnDemand: boolean): Promise<Problem> {
  if (isOnDemand) return { code: "stream/not-found" };
  const answer = await ask(address, "GET");
  if (answer.status === 200) {
    await answer.body?.cancel();
    return { code: "stream/not-found" };
  }
  const problem: unknown = await answer.json().catch(() => undefined);
  return (problem as Problem | undefined) ?? {};
}

function ask(address: string, method: "GET" | "HEAD"): Promise<Response> {
  return fetch(address, { method, cache: "no-store", signal: AbortSignal.timeout(limitMs) });
}
