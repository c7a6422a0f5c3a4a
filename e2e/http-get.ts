import { Agent, type OutgoingHttpHeaders, request } from "node:http";
import { gunzipSync } from "node:zlib";

/** An answer with the moments at which it was asked for, began and was whole, in milliseconds of UTC. */
export type Answer = {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  /** The bytes as text, unpacked. */
  readonly text: string;
  readonly askedAtMs: number;
  readonly atMs: number;
  /** When each piece of the body came. */
  readonly pieces: readonly { readonly atMs: number; readonly length: number }[];
};

const agent = new Agent({ keepAlive: true });

type Options = { readonly method?: string; readonly headers?: OutgoingHttpHeaders; readonly limitMs?: number };

/** Asks over plain HTTP, and goes where it is sent. Status 0 is a connection that broke. */
export async function get(url: string, options: Options = {}): Promise<Answer> {
  let answer = await once(url, options);
  for (let hops = 0; hops < 3 && answer.headers.location !== undefined; hops++) {
    answer = await once(new URL(answer.headers.location, answer.url).href, options);
  }
  return answer;
}

function once(url: string, options: Options): Promise<Answer> {
  const askedAtMs = now();
  const pieces: { atMs: number; length: number }[] = [];
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    const done = (status: number, headers: Record<string, string>) => {
      const bytes = Buffer.concat(chunks);
      resolve({ url, status, headers, bytes, text: readText(bytes, headers), askedAtMs, atMs: now(), pieces });
    };
    const failed = ({ message }: Error) => done(0, { error: message });
    const headers = { "accept-encoding": "gzip", origin: "http://elsewhere.example", ...options.headers };
    const asked = request(url, { method: options.method ?? "GET", agent, headers }, (response) => {
      response.on("data", (chunk: Buffer) => {
        pieces.push({ atMs: now(), length: chunk.length });
        chunks.push(chunk);
      });
      response.on("error", failed);
      response.on("end", () => done(response.statusCode ?? 0, plain(response.headers)));
    });
    asked.on("error", failed);
    asked.setTimeout(options.limitMs ?? 30_000, () => void asked.destroy(new Error("no answer")));
    asked.end();
  });
}

/** Milliseconds of UTC with the fractions that `Date.now()` has not. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function plain(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** A byte order mark is kept, and bytes that are no UTF-8 show as what they are not. */
function readText(bytes: Buffer, headers: Readonly<Record<string, string>>): string {
  const whole = headers["content-encoding"] === "gzip" && bytes.length > 0 ? gunzipSync(bytes) : bytes;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole);
}
