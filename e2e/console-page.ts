import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { clip } from "./clips.ts";
import { ffmpeg, until } from "./peers.ts";
import { type RealServer, startServer } from "./server.ts";
import { openPage } from "./watch-page.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const limit = { timeout: 60_000 };

export type Started = { readonly server: RealServer; readonly password: string; readonly key: string };

/** A server that was started for the first time, with what it told then. */
export async function firstStart(t: TestContext, env: Record<string, string> = {}): Promise<Started> {
  const server = await startServer(t, null, env);
  await until(() => /Sluice is ready/.test(server.output()), "it has told all");
  const [, key = ""] = /\?key=(\S+)/.exec(server.output()) ?? [];
  const [, password = ""] = /name, password (\S+)/.exec(server.output()) ?? [];
  return { server, password, key };
}

export async function openConsole(
  t: TestContext,
  browser: Browser,
  { server, password }: Started,
  place = "",
): Promise<Page> {
  const page = await openPage(t, browser, `${server.http}/${place === "" ? "" : `#/${place}`}`);
  page.setDefaultTimeout(limit.timeout);
  await signIn(page, password);
  return page;
}

/** `name`: empty for the server's own password. */
export async function signIn(page: Page, password: string, name = ""): Promise<void> {
  const button = page.getByRole("button", { name: "Sign in" });
  await button.waitFor(limit); // who has just signed out may still have a page with fields of the same names
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password").fill(password);
  await button.click();
  await page.getByRole("button", { name: "Sign out" }).waitFor(limit);
}

export async function publishTo(t: TestContext, url: string) {
  const publisher = ffmpeg(`-re -stream_loop -1 -i ${await clip("small")} -c copy -f flv ${url}`);
  t.after(async () => {
    publisher.child.kill("SIGKILL");
    await publisher.done;
  });
  return publisher;
}

/** The hosts that the page has asked for anything, from now on. */
export function hostsAsked(page: Page): ReadonlySet<string> {
  const hosts = new Set<string>();
  page.on("request", (asked) => hosts.add(new URL(asked.url()).host));
  return hosts;
}

/** Goes with the Tab key to what is wanted, as who has no mouse; throws where that is not reached. */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let presses = 0; presses < maxPresses; presses++) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`the Tab key does not lead to ${wanted}`);
}

const maxPresses = 150;

/** What axe finds that keeps people out. The page's policy lets in no script of others, but the debugger's evaluation is none of the page's. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    type Found = { readonly id: string; readonly impact: string; readonly nodes: readonly { html: string }[] };
    const { violations } = await (
      globalThis as unknown as { axe: { run(): Promise<{ violations: Found[] }> } }
    ).axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join("; ")}`);
  });
}
