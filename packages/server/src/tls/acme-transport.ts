import type { axios } from "acme-client";

type Adapter = Extract<(typeof axios)["defaults"]["adapter"], (...args: never) => unknown>;

const timeoutMs = 30_000;
const maxBytes = 1024 * 1024;

/** How `acme-client` sends its requests: with Node's own `fetch`, with limits, and without the library's retries, which may wait for as long as the authority says and hide what went wrong. */
export const fetchAdapter: Adapter = async (config) => {
  const url = String(config.url);
  const response = await fetch(url, {
    method: String(config.method).toUpperCase(),
    headers: Object.entries(config.headers.toJSON()).map(([name, value]): [string, string] => [name, String(value)]),
    signal: AbortSignal.timeout(timeoutMs),
    redirect: "manual",
    ...(config.data === undefined ? {} : { body: String(config.data) }),
  }).catch((error: unknown) => {
    throw new Error(`${url} does not answer: ${causeOf(error)}`, { cause: error });
  });
  return {
    config,
    status: response.status,
    statusText: response.statusText,
    headers: Object.fromEntries(response.headers),
    data: await text(response),
  };
};

async function text({ body, url }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body ?? []) {
    total += chunk.length;
    if (total > maxBytes) throw new Error(`${url} answered with more than 1 MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** `fetch` itself only says that it failed. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : String(cause);
}
