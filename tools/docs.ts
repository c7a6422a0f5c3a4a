import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configurationPage } from "./configuration-page.ts";
import { configurationSchema } from "./configuration-schema.ts";
import { eventsPage } from "./events-page.ts";
import { metricsPage } from "./metrics-page.ts";

/** The pages that are made from the program, by their path from the root of the checkout. */
export const madePages: Readonly<Record<string, () => string>> = {
  "docs/configuration.md": configurationPage,
  "docs/sluice.schema.json": configurationSchema,
  "docs/events.md": eventsPage,
  "docs/metrics.md": metricsPage,
};

if (import.meta.main) {
  for (const [path, make] of Object.entries(madePages)) {
    writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), make());
    console.log(`${path} is written`);
  }
}
