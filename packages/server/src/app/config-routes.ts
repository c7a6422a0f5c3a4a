import { type Static, Type } from "typebox";
import {
  type Difference,
  differences,
  shownConfig,
  unknownMarks,
  withChanges,
  withoutSecrets,
  withSecrets,
} from "../config/edit.ts";
import { parseConfig } from "../config/load.ts";
import { ConfigError, type Problem } from "../config/problem.ts";
import { type Config, configSchema } from "../config/schema.ts";
import type { ApiRoute } from "../http/api.ts";
import { listOf, time } from "../http/api-shapes.ts";
import { HttpError } from "../http/http-error.ts";
import { type ConfigFile, Overtaken } from "./config-file.ts";

export type ConfigParts = {
  readonly file: ConfigFile;
  readonly config: () => Config;
  readonly environment: NodeJS.ProcessEnv;
  /** Takes over what the file says now. */
  readAgain(): Promise<void>;
};

const strict = { additionalProperties: false } as const;
const maxText = 60_000;
const revision = Type.String({
  pattern: "^[0-9a-f]{16}$",
  description: "names a text: changes are made to the one that was seen",
});
const textBody = Type.Object({ text: Type.String({ maxLength: maxText }), revision: Type.Optional(revision) }, strict);
const pathShape = Type.Array(Type.String({ minLength: 1, maxLength: 515 }), { minItems: 1, maxItems: 8 });
const changesBody = Type.Object(
  {
    revision: Type.Optional(revision),
    changes: Type.Array(Type.Object({ path: pathShape, value: Type.Optional(Type.Unknown()) }, strict), {
      minItems: 1,
      maxItems: 100,
    }),
    dryRun: Type.Optional(Type.Boolean({ description: "say what would differ, and change nothing" })),
  },
  strict,
);
const rollbackBody = Type.Object({ revision }, strict);
const current = Type.Object(
  {
    revision,
    text: Type.String({ description: "the file; in the place of each secret stands a mark that can be written back" }),
    values: Type.Record(Type.String(), Type.Unknown(), {
      description:
        "every key with its value now, defaults and the environment included; `config/schema` says what each may be",
    }),
  },
  { title: "Configuration" },
);
const difference = Type.Object(
  {
    key: Type.String(),
    before: Type.Optional(Type.Unknown()),
    after: Type.Optional(Type.Unknown()),
    restart: Type.Boolean({ description: "it takes effect at the next start only" }),
  },
  { title: "Difference" },
);
const problem = Type.Object(
  {
    line: Type.Optional(Type.Integer()),
    column: Type.Optional(Type.Integer()),
    variable: Type.Optional(Type.String()),
    key: Type.String(),
    text: Type.String(),
  },
  { title: "ConfigProblem" },
);
const verdict = Type.Object(
  {
    valid: Type.Boolean(),
    problems: Type.Array(problem),
    warnings: Type.Array(Type.String()),
    differences: Type.Array(difference),
  },
  { title: "Verdict" },
);
const version = Type.Object({ revision, savedAt: time }, { title: "ConfigVersion" });
const schemaShape = Type.Object(
  {
    type: Type.Literal("object"),
    properties: Type.Record(Type.String(), Type.Unknown(), { description: "the sections, each a JSON Schema" }),
  },
  { additionalProperties: true },
);
const applied = Type.Object(
  {
    revision,
    warnings: Type.Array(Type.String()),
    differences: Type.Array(difference),
  },
  { title: "Applied" },
);

type Verdict = Static<typeof verdict>;
const shared = { role: "owner", scope: "config" } as const;

/** Texts hold secrets: what differs is noted, where they are not shown. */
function noted(answer: unknown): unknown {
  const { revision: made, differences: found } = answer as Partial<Static<typeof applied>>;
  const changed = (found ?? []).map(({ key }) => key).slice(0, 100);
  return made === undefined ? { dryRun: true } : { revision: made, changed };
}

/** The configuration: what it is, whether another would do and what would differ, and the change itself, which can be taken back. */
export function configRoutes(parts: ConfigParts): readonly ApiRoute[] {
  return [...reading(parts), ...changing(parts)];
}

function reading(parts: ConfigParts): readonly ApiRoute[] {
  const { file, config } = parts;
  return [
    {
      ...shared,
      method: "GET",
      path: "config",
      summary: "the configuration, as its file says and as it is in force; secrets are not shown",
      answer: current,
      async handle() {
        const found = await file.read();
        return { revision: found.revision, text: withoutSecrets(found.text), values: shownConfig(config()) };
      },
    },
    {
      ...shared,
      method: "GET",
      path: "config/schema",
      summary: "what the configuration may be, as JSON Schema",
      answer: schemaShape,
      handle: () => configSchema,
    },
    {
      ...shared,
      method: "GET",
      path: "config/versions",
      summary: "what the file said before changes that were made here, the newest first",
      answer: listOf(version),
      handle: async () => ({ items: await file.versions() }),
    },
    {
      ...shared,
      method: "POST",
      path: "config/check",
      summary: "whether a text could be the configuration, and what would differ; nothing is changed",
      body: textBody,
      answer: verdict,
      async handle({ body }) {
        const { text } = body as Static<typeof textBody>;
        return judge(parts, withSecrets(text, (await file.read()).text));
      },
    },
  ];
}

function changing(parts: ConfigParts): readonly ApiRoute[] {
  const { file } = parts;
  return [
    {
      ...shared,
      method: "POST",
      path: "config",
      summary: "replace the configuration's text; what can take effect while the server runs does at once",
      body: textBody,
      answer: applied,
      action: "config.apply",
      noted,
      async handle({ body }) {
        const { text, revision: seen } = body as Static<typeof textBody>;
        const before = await file.read();
        return apply(parts, withSecrets(text, before.text), seen ?? before.revision);
      },
    },
    {
      ...shared,
      method: "PATCH",
      path: "config",
      summary: "set some keys, or take them out; the rest of the file stays as it is written, comments included",
      body: changesBody,
      answer: Type.Union([applied, verdict]),
      action: "config.change",
      noted,
      async handle({ body }) {
        const { changes, dryRun, revision: seen } = body as Static<typeof changesBody>;
        const before = await file.read();
        const changed = withChanges(before.text, changes);
        if (changed === undefined)
          throw new HttpError(400, "config/invalid", "what goes is referred to elsewhere in the file: change its text");
        const text = withSecrets(changed, before.text);
        return dryRun ? judge(parts, text) : apply(parts, text, seen ?? before.revision);
      },
    },
    {
      ...shared,
      method: "POST",
      path: "config/rollback",
      summary: "make an earlier text the configuration again",
      body: rollbackBody,
      answer: applied,
      action: "config.rollback",
      noted,
      async handle({ body }) {
        const { revision: wanted } = body as Static<typeof rollbackBody>;
        const text = await file.version(wanted);
        if (text === undefined)
          throw new HttpError(404, "config/version", "there is no such text (any more); config/versions lists them");
        return apply(parts, text, (await file.read()).revision);
      },
    },
  ];
}

function judge({ file, config, environment }: ConfigParts, text: string): Verdict & { readonly config?: Config } {
  const marks = unknownMarks(text);
  try {
    const { config: wanted, warnings } = parseConfig(text, environment, file.path);
    const problems = marks.map((mark) => ({
      key: "",
      text: `${mark} stands for no secret of the present configuration: write the secret itself`,
    }));
    const found = differences(config(), wanted) as Difference[];
    return { valid: problems.length === 0, problems, warnings: [...warnings], differences: found };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { valid: false, problems: error.problems.map(told), warnings: [], differences: [] };
  }
}

function told({ line, column, variable, key, text }: Problem): Verdict["problems"][number] {
  return {
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(variable === undefined ? {} : { variable }),
    key,
    text,
  };
}

async function apply(parts: ConfigParts, text: string, expected: string): Promise<Static<typeof applied>> {
  const { file } = parts;
  const { valid, problems, warnings, differences: found } = judge(parts, text);
  if (!valid) {
    const said = problems.map(
      ({ line, key, text: wrong }) => `${line === undefined ? "" : `line ${line} `}${key}: ${wrong}`,
    );
    throw new HttpError(
      400,
      "config/invalid",
      `the configuration would not be valid: ${said.join("; ").slice(0, 2_000)}`,
    );
  }
  try {
    await file.write(text, expected);
  } catch (error) {
    if (error instanceof Overtaken)
      throw new HttpError(409, "config/overtaken", "the file has been changed meanwhile: get it again");
    throw new HttpError(
      409,
      "config/unwritable",
      `the file cannot be written (${(error as NodeJS.ErrnoException).code ?? "failed"})`,
    );
  }
  await parts.readAgain();
  return { revision: (await file.read()).revision, warnings, differences: found };
}
