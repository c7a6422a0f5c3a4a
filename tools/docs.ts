import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { apiPage } from "./api-page.ts";
import { apiOperations, apiShapes } from "./api-types.ts";
import { configurationPage } from "./configuration-page.ts";
import { configurationSchema } from "./configuration-schema.ts";
import { eventsPage } from "./events-page.ts";
import { metricsPage } from "./metrics-page.ts";

/** What is made from the program, by its path from the root of the checkout. */
export const madePages: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/configuration.md": configurationPage,
  "docs/sluice.schema.json": configurationSchema,
  "docs/events.md": eventsPage,
  "docs/metrics.md": metricsPage,
  "docs/api.md": apiPage,
  "packages/api/src/shapes.ts": apiShapes,
  "packages/api/src/operations.ts": apiOperations,
};

if (import.meta.main) {
  for (const [path, make] of Object.entries(madePages)) {
    writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), await make());
    console.log(`${path} is written`);
  }
}
