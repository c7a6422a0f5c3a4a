import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** What came back. A redirection is an answer like any other: nobody goes after it. */
export type Reply = { readonly status: number; readonly location: string | undefined; readonly body: string };

export type Message = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

const maxBody = 64 * 1024;
const maxIdle = 32;

/** Asks over HTTP and HTTPS, on connections that are kept for the next question. */
export class Exchange {
  readonly #http = new HttpAgent({ keepAlive: true, maxFreeSockets: maxIdle });
  readonly #https: HttpsAgent;
  readonly #trust: { readonly ca?: string };

  /** `ca`: whose certificates are trusted, in PEM; without it, those that Node trusts. */
  constructor(trust: { readonly ca?: string } = {}) {
    this.#trust = trust;
    this.#https = new HttpsAgent({ keepAlive: true, maxFreeSockets: maxIdle, ...trust });
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
      ...this.#trust,
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
