import type { Server } from "node:net";

/** A port that could not be had; `listener` is the configuration key that says which. */
export class ListenError extends Error {
  override readonly name: string = "ListenError";
  readonly code: string;
  readonly port: number;
  readonly listener: string;

  constructor(listener: string, port: number, cause: NodeJS.ErrnoException) {
    super(`cannot listen on port ${port} (${listener}): ${cause.code ?? cause.message}`, { cause });
    this.code = cause.code ?? "EUNKNOWN";
    this.port = port;
    this.listener = listener;
  }
}

/** How many connections may wait to be accepted: an audience comes all at once. */
const backlog = 4096;

/** Listens, on IPv6 and IPv4 where `host` is `::`; resolves to the port, or rejects with a `ListenError`. A machine without IPv6 gets IPv4. */
export function listen(server: Server, listener: string, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === "EAFNOSUPPORT" && host === "::")
        listen(server, listener, port, "0.0.0.0").then(resolve, reject);
      else reject(new ListenError(listener, port, error));
    };
    server.once("error", onError);
    server.listen({ port, host, backlog }, () => {
      server.removeListener("error", onError);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
