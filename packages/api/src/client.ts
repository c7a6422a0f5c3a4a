import type { Operations } from "./operations.ts";

/** An operation, as its method and path: `GET /streams/{stream}`. */
export type OperationName = keyof Operations;

/** Those that answer once; the others tell events for as long as somebody listens. */
type Answering = {
  [Name in OperationName]: Operations[Name] extends { readonly answer: unknown } ? Name : never;
}[OperationName];

export type Answer<Name extends Answering> = Operations[Name]["answer"];

type Asked<Name extends OperationName> = Omit<Operations[Name], "answer" | "event">;
/** What has to be said with an operation; nothing where nothing has to be. */
type Said<Name extends OperationName> = object extends Asked<Name> ? [asked?: Asked<Name>] : [asked: Asked<Name>];

/** A piece of a list, and what to ask for to get the next one. */
export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string };

/** What travels for an operation; `path` goes on behind `/api/v1/`. */
export type ApiRequest = {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: object;
};

/** Asks for an operation by its name. */
export type Api = <Name extends Answering>(name: Name, ...asked: Said<Name>) => Promise<Answer<Name>>;

/** The API, over whatever carries requests: it resolves to the answer, undefined where there is none, and throws where the server says no. */
export function apiOver(send: (request: ApiRequest) => Promise<unknown>): Api {
  // What comes is what the description says: the server's tests judge every answer by it.
  return <Name extends Answering>(name: Name, ...asked: Said<Name>) =>
    send(requestFor(name, ...asked)) as Promise<Answer<Name>>;
}

/** The request for an operation. What is undefined is left out. */
export function requestFor<Name extends OperationName>(name: Name, ...[asked]: Said<Name>): ApiRequest {
  const { path = {}, query = {}, body }: Parts = asked ?? {};
  const [method, template] = name.split(" /") as [ApiRequest["method"], string];
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, part: string) => escaped(path[part] ?? ""));
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  const search = given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
  return { method, path: filled + search, ...(body ? { body } : {}) };
}

type Parts = {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
};

/** A stream's name has slashes in it, which stay as they are. */
function escaped(text: string): string {
  return text.split("/").map(encodeURIComponent).join("/");
}
