import type { PageRoute } from "./server.ts";

const prefix = "/.well-known/acme-challenge/";

/** Answers the authority that asks whether a name is ours (RFC 8555, 8.3). A token is there only while its order runs. */
export function acmeChallenges(answers: ReadonlyMap<string, string>): PageRoute {
  return ({ path }, { method }, response) => {
    if (!path.startsWith(prefix) || (method !== "GET" && method !== "HEAD")) return false;
    const answer = answers.get(path.slice(prefix.length));
    if (answer === undefined) return false;
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      "content-length": answer.length,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.end(method === "GET" ? answer : undefined);
    return true;
  };
}
