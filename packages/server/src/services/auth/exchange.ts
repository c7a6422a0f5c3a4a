import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";

/** What came back. A redirection is an answer like any other: nobody goes after it. */
export type Reply = { readonly status: number; readonly location: string | undefined; readonly body: string };

export type Message = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

export type ExchangeOptions = {
  /** Whose certificates are trusted, in PEM; without it, those that Node trusts. */
  readonly ca?: string;
  /** How names are looked up; without it, as the system does it. */
  readonly lookup?: LookupFunction;
};

const maxBody = 64 * 1024;
const maxIdle = 32;

/** Asks over HTTP and HTTPS, on connections that are kept for the next question. */
export class Exchange {
  readonly #http = new HttpAgent({ keepAlive: true, maxFreeSockets: maxIdle });
  readonly #https: HttpsAgent;
  readonly #options: ExchangeOptions;

  constructor(options: ExchangeOptions = {}) {
    this.#options = options;
    this.#https = new HttpsAgent({ keepAlive: true, maxFreeSockets: maxIdle, ...options });
  }

  /** The whole answer. Throws when there is none before `signal` is aborted, or when it is longer than 64 KiB. */
  async post(url: URL, message: Message, signal: AbortSignal): Promise<Reply> {
    const response = await this.#send(url, message, signal, true);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBody) throw new Error(`the answer is longer than ${maxBody} bytes`); // leaving the loop closes the connection
      chunks.push(chunk);
    }
    return {
      status: response.statusCode ?? 0,
      location: response.headers.location,
      body: Buffer.concat(chunks).toString("utf8"),
    };
  }

  /** The answer's status, for who does not care what is in it: beyond 64 KiB it is not read. Throws when there is none before `signal` is aborted. */
  async tell(url: URL, message: Message, signal: AbortSignal): Promise<number> {
    const response = await this.#send(url, message, signal, true);
    let length = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > maxBody) break;
      }
    } catch {
      // The status has been said.
    }
    return response.statusCode ?? 0;
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  async #send(url: URL, message: Message, signal: AbortSignal, kept: boolean): Promise<IncomingMessage> {
    const isSecure = url.protocol === "https:";
    const agent = kept && (isSecure ? this.#https : this.#http);
    const request = (isSecure ? httpsRequest : httpRequest)(url, {
      method: "POST",
      headers: { ...message.headers, "content-length": Buffer.byteLength(message.body) },
      agent,
      signal,
      ...this.#options,
    });
    try {
      return await new Promise<IncomingMessage>((resolve, reject) => {
        request.on("response", resolve);
        request.on("error", reject); // stays: what goes wrong later is thrown where the answer is read
        request.end(message.body);
      });
    } catch (error) {
      // The other side closed a kept connection at the moment that it was used again: it has not heard the question.
      if (kept && request.reusedSocket && !signal.aborted) return this.#send(url, message, signal, false);
      throw error;
    }
  }
}
