import { type ApiSchema, answerOf, type operationsOf } from "./api-document.ts";

/** What fields are called, and what could stand there. */
const examples: Readonly<Record<string, unknown>> = {
  address: "192.0.2.7",
  app: "live",
  changes: [{ path: ["apps", "live", "hold"], value: "30s" }],
  current: "the-old-password",
  disabled: true,
  grant: "k3JpQ0xT_a1b",
  label: "studio 1",
  name: "ann",
  password: "a-long-password",
  reason: "no longer with us",
  role: "operator",
  revision: "0123456789abcdef",
  scopes: ["read"],
  stream: "cam1",
  tcUrl: "rtmp://other.example",
  text: "auth: key\napps: { live: { hold: 30s } }\n",
  url: "rtmp://other.example/live/{name}",
};
/** Where a name alone does not say enough. */
const paths: Readonly<Record<string, string>> = { stream: "live/cam1", index: "0", id: "ID" };
const streamPaths = new Set(["/reconnect", "/audience", "/pushes"]);

/** The operation asked for with curl: with what has to be said, or with one thing that may be. */
export function curlOf({ method, path, operation }: ReturnType<typeof operationsOf>[number]): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => paths[name] ?? name);
  const needed = operation.parameters.filter((each) => each.in === "query" && each.required);
  const search = needed.map(({ name }) => `${name}=${encodeURI(paths[name] ?? name)}`).join("&");
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const body = schema && JSON.stringify(exampleOf(schema, streamPaths.has(path)));
  return [
    "curl -s",
    ...(operation.security.length > 0 ? ['-u "admin:$PASSWORD"'] : []),
    ...(method === "GET" || (method === "POST" && body) ? [] : [`-X ${method}`]),
    ...(answerOf(operation)?.event ? ["-N"] : []),
    ...(body ? ["-H 'content-type: application/json'", `-d '${body}'`] : []),
    `"$SLUICE/api/v1${filled}${search === "" ? "" : `?${search}`}"`,
  ].join(" ");
}

function exampleOf({ properties = {}, required = [] }: ApiSchema, isPath: boolean): Readonly<Record<string, unknown>> {
  const names =
    required.length > 0
      ? required
      : Object.keys(properties)
          .filter((name) => name in examples)
          .slice(0, 1);
  return Object.fromEntries(names.map((name) => [name, isPath && name === "stream" ? paths.stream : example(name)]));
}

function example(name: string): unknown {
  if (!(name in examples)) throw new Error(`there is no example of ${name}: add one`);
  return examples[name];
}
