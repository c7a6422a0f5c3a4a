import assert from "node:assert/strict";
import test from "node:test";
import { eventCatalogue, eventName } from "../core/event-catalogue.ts";
import { hookKinds } from "./hooks-schema.ts";
import { parseConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";
import { secretsIn } from "./secrets.ts";

const problems = (text: string) => {
  try {
    parseConfig(text, {});
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ key, text: wrong }) => `${key}: ${wrong}`);
  }
};

test("hooks can be told of every kind of event that there is, and of no other", () => {
  assert.deepEqual([...hookKinds].sort(), Object.keys(eventCatalogue).map(eventName).sort());
  const [wrong = ""] = problems("hooks: [{ url: 'https://a.example', kinds: [streams] }]");
  assert.match(wrong, /^hooks\.0\.kinds\.0: "streams" is not one of server, stream, /);
});

test("a hook has defaults, and its address and secret are secrets", () => {
  const { config } = parseConfig("hooks: [{ url: 'https://a.example/path-secret', secret: signing-secret }]", {});
  assert.deepEqual(config.hooks, [
    {
      url: "https://a.example/path-secret",
      secret: "signing-secret",
      kinds: [],
      apps: [],
      private: false,
      plain: false,
      queue: 1_000,
    },
  ]);
  assert.deepEqual([...secretsIn(config)].sort(), ["https://a.example/path-secret", "signing-secret"]);
  const [wrong = ""] = problems("hooks: [{ url: 'ftp://secret.example' }]");
  assert.ok(wrong.startsWith("hooks.0.url: ") && !wrong.includes("secret.example"), wrong);
});
