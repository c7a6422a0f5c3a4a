import type { IncomingMessage } from "node:http";
import type { TObject, TSchema } from "typebox";
import { Value } from "typebox/value";
import { HttpError } from "./http-error.ts";

const maxBytes = 64 * 1024;

/** A request's body, as JSON that fits the schema, with the schema's defaults. Throws an `HttpError` that says what is wrong. */
export async function readBody(request: IncomingMessage, schema: TSchema): Promise<unknown> {
  const text = await textOf(request);
  const type = request.headers["content-type"] ?? "";
  if (text !== "" && !/^application\/json\s*(;|$)/i.test(type))
    throw new HttpError(415, "api/body", "send JSON, with the header Content-Type: application/json");
  const value = Value.Default(schema, text === "" ? {} : parsed(text));
  if (Value.Check(schema, value)) return value;
  const [problem] = Value.Errors(schema, value);
  const where = problem?.instancePath ? problem.instancePath.slice(1).replaceAll("/", ".") : "the body";
  throw new HttpError(400, "api/body", `${where} ${problem?.message ?? "is not what is expected here"}`);
}

/** What stands behind the question mark; numbers and the like are still text there. Throws an `HttpError` that says what is wrong. */
export function checkQuery(query: ReadonlyMap<string, string>, schema: TObject): void {
  for (const [name, text] of query) {
    const property = schema.properties[name];
    if (!property)
      throw new HttpError(
        400,
        "api/query",
        `there is no ${name.slice(0, 32)} to ask for here; there is ${Object.keys(schema.properties).join(", ")}`,
      );
    const value = Value.Convert(property, text);
    const [problem] = Value.Check(property, value) ? [] : Value.Errors(property, value);
    if (problem) throw new HttpError(400, "api/query", `${name} ${problem.message}`);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxBytes) throw new HttpError(413, "api/body", `the body is larger than ${maxBytes / 1024} KiB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, "api/body", "the body is no JSON");
  }
}
