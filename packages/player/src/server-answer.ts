/** What a server says of a stream: its status, none when it cannot be reached; the error's code; and whether it waits for the publisher. */
export type ServerAnswer = {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly isHeld: boolean;
};

const limitMs = 5_000;
const unreachable: ServerAnswer = { status: undefined, code: undefined, isHeld: false };

/** Asks for an address without taking its media. `why` asks for the error's code too, which only a whole answer has. */
export async function askServer(url: string, why = false): Promise<ServerAnswer> {
  const address = url.replace(/^ws/, "http");
  try {
    const { status, headers } = await ask(address, "HEAD");
    const isHeld = headers.get("sluice-stream") === "held";
    return { status, code: status === 404 && why ? await codeOf(address) : undefined, isHeld };
  } catch {
    return unreachable;
  }
}

/** Sluice says `stream/not-found` of a stream that is not live; another code, or none, means that there is no such way. */
async function codeOf(address: string): Promise<string | undefined> {
  const answer = await ask(address, "GET");
  if (answer.status === 200) {
    await answer.body?.cancel();
    return "stream/not-found";
  }
  const problem: unknown = await answer.json().catch(() => undefined);
  return (problem as { code?: string } | undefined)?.code;
}

function ask(address: string, method: "GET" | "HEAD"): Promise<Response> {
  return fetch(address, { method, cache: "no-store", signal: AbortSignal.timeout(limitMs) });
}
