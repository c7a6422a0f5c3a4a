import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp } from "../packages/server/src/app.ts";
import { loadConfig } from "../packages/server/src/config/load.ts";
import { localProof } from "../packages/server/src/http/local-proof.ts";
import { openLog } from "../packages/server/src/logger.ts";

/** As much of JSON Schema as the API's own description uses. */
export type ApiSchema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ApiSchema[];
  readonly items?: ApiSchema;
  readonly properties?: Readonly<Record<string, ApiSchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, ApiSchema>>;
  readonly additionalProperties?: boolean;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
};

type Content = Readonly<Record<string, { readonly schema: ApiSchema; readonly "x-event"?: ApiSchema }>>;
export type ApiParameter = {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: ApiSchema;
};
export type ApiOperation = {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly ApiParameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Content }>>;
  readonly security: readonly unknown[];
  readonly "x-role": string;
  readonly "x-scope": string;
};
export type ApiDocument = {
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, ApiSchema>>;
    readonly responses: Readonly<Record<string, { readonly description: string }>>;
  };
};

const configuration = `
auth: open
rtmp: { host: 127.0.0.1, port: 0, secureEnabled: false }
http: { host: 127.0.0.1, port: 0, securePort: 0 }
`;

let asked: Promise<ApiDocument> | undefined;

/** The OpenAPI document, as a server serves it that is started for that. */
export function apiDocument(): Promise<ApiDocument> {
  asked ??= ask();
  return asked;
}

async function ask(): Promise<ApiDocument> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-api-"));
  try {
    const file = join(folder, "sluice.yaml");
    await writeFile(file, configuration);
    const { config } = await loadConfig(file, {});
    const log = openLog({ level: "error", format: "json" }, { terminal: false, write: () => {} });
    const app = await startApp(config, log, file);
    const url = new URL(`http://127.0.0.1:${app.ports["http.port"]}/api/v1/openapi.json`);
    const secret = await readFile(join(folder, ".sluice", "secret"));
    const response = await fetch(url, { headers: { authorization: localProof(secret, "GET", url.pathname) } });
    const document = (await response.json()) as ApiDocument;
    await app.close("the document is there");
    return document;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every operation with its method and path, in the document's order. */
export function operationsOf({ paths }: ApiDocument) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** What an operation answers with when all is well; undefined where it is nothing. */
export function answerOf({ responses }: ApiOperation) {
  const [found] = Object.entries(responses["200"]?.content ?? {});
  return found && { type: found[0], schema: found[1].schema, event: found[1]["x-event"] };
}
