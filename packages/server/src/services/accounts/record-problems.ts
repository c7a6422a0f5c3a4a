import type { ApiRoute } from "../../http/api.ts";
import { HttpError } from "../../http/http-error.ts";
import { RecordsError } from "../../storage/records/records-error.ts";

const status: Readonly<Record<string, number>> = {
  "records/invalid": 400,
  "records/taken": 409,
  "records/full": 409,
  "records/last-owner": 409,
  "records/missing": 404,
  "records/unavailable": 503,
};

/** The same routes, with what the records refuse as an answer of HTTP. */
export function withRecordProblems(routes: readonly ApiRoute[]): readonly ApiRoute[] {
  return routes.map((route) => ({
    ...route,
    handle: async (call) => {
      try {
        return await route.handle(call);
      } catch (error) {
        throw asHttpError(error);
      }
    },
  }));
}

/** What the records refuse, as an answer of HTTP; anything else as it is. */
export function asHttpError(error: unknown): unknown {
  return error instanceof RecordsError ? new HttpError(status[error.code] ?? 500, error.code, error.message) : error;
}
