import { Type } from "typebox";
import type { Log } from "../../core/log.ts";
import { version } from "../../core/version.ts";
import { type ApiParts, type ApiRoute, api } from "../../http/api.ts";
import { openApi } from "../../http/openapi.ts";
import type { PageRoute } from "../../http/server.ts";
import type { Records } from "../../storage/records/index.ts";
import { Cookies } from "./cookies.ts";
import { Gate } from "./gate.ts";
import { asHttpError, withRecordProblems } from "./record-problems.ts";
import { accountRoutes } from "./routes.ts";

export type OperatorParts = {
  readonly records: Records;
  readonly log: Log;
  /** The hash of the configuration's own password; empty when there is none. */
  readonly passwordHash: () => string;
  /** The server's, which programs on this machine may show that they can read. */
  readonly secret: Uint8Array;
  /** What other services add. */
  readonly routes: readonly ApiRoute[];
};

/** Finds out who sends a request; throws an `HttpError` for who is nobody. */
export type Identify = ApiParts["identify"];

/** Everything that the API answers to, and who may ask for it. */
export function operatorRoutes(parts: OperatorParts): {
  readonly routes: readonly ApiRoute[];
  readonly page: PageRoute;
  readonly identify: Identify;
} {
  const { records, log, passwordHash, secret } = parts;
  const cookies = new Cookies();
  const gate = new Gate({ records, cookies, passwordHash, log, secret });
  const routes = described(withRecordProblems([...accountRoutes({ records, gate, cookies }), ...parts.routes]));
  const identify: Identify = (request, address) =>
    gate.identify(request, address).catch((error: unknown) => {
      throw asHttpError(error);
    });
  const page = api({
    routes,
    identify,
    audit: async ({ detail, ...change }) => {
      const entry = { ...change, ...(detail === undefined ? {} : { detail: detail as Record<string, unknown> }) };
      await records.audit
        .add(entry)
        .catch((error: unknown) =>
          log.error({ error, action: change.action }, "a change was not noted in the audit log"),
        );
    },
  });
  return { routes, page, identify };
}

const parts = Type.Record(Type.String(), Type.Unknown());
const documentShape = Type.Object(
  { openapi: Type.String(), info: parts, paths: parts, components: parts },
  { additionalProperties: true },
);

/** The routes, and one that describes them all. */
function described(routes: readonly ApiRoute[]): readonly ApiRoute[] {
  const description: ApiRoute = {
    method: "GET",
    path: "openapi.json",
    role: "viewer",
    scope: "read",
    summary: "this API, as OpenAPI 3.1",
    answer: documentShape,
    handle: () => openApi(own, version),
  };
  const own = [...routes.filter(({ root }) => root === undefined), description];
  const all = [...routes, description];
  return all;
}
