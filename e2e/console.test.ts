import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import test, { after, before, type TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { clip } from "./clips.ts";
import { ffmpeg, until } from "./peers.ts";
import { type RealServer, startServer } from "./server.ts";
import { openBrowser, openPage, noBrowser as skip } from "./watch-page.ts";

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const places = [
  "live",
  "streams/live/test",
  "sessions",
  "apps",
  "keys",
  "accounts",
  "audit",
  "server",
  "configuration",
];
const limit = { timeout: 60_000 };

type Started = { readonly server: RealServer; readonly password: string; readonly key: string };

/** A server that was started for the first time, with what it told then. */
async function firstStart(t: TestContext): Promise<Started> {
  const server = await startServer(t, null);
  await until(() => /Sluice is ready/.test(server.output()), "it has told all");
  const [, key = ""] = /\?key=(\S+)/.exec(server.output()) ?? [];
  const [, password = ""] = /name, password (\S+)/.exec(server.output()) ?? [];
  return { server, password, key };
}

async function openConsole(t: TestContext, { server, password }: Started, place = ""): Promise<Page> {
  const page = await openPage(t, browser, `${server.http}/${place === "" ? "" : `#/${place}`}`);
  page.setDefaultTimeout(limit.timeout);
  await signIn(page, password);
  return page;
}

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor(limit);
}

async function publishTo(t: TestContext, url: string) {
  const publisher = ffmpeg(`-re -stream_loop -1 -i ${await clip("small")} -c copy -f flv ${url}`);
  t.after(async () => {
    publisher.child.kill("SIGKILL");
    await publisher.done;
  });
  return publisher;
}

/** What axe finds that keeps people out. The page's policy lets in no script of others, but the debugger's evaluation is none of the page's. */
async function barriers(page: Page): Promise<string[]> {
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

test("first run: sign in, make a key, publish with it, see it live and play, and send the publisher away", {
  skip,
}, async (t) => {
  const started = await firstStart(t);
  const page = await openPage(t, browser, "about:blank");
  const hosts = new Set<string>();
  page.on("request", (asked) => hosts.add(new URL(asked.url()).host));
  await page.goto(started.server.http);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("the name or the password is wrong").waitFor(limit);
  await signIn(page, started.password);

  await page.getByText("Nothing is live yet").waitFor(limit);
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByRole("img", { name: "QR code for Larix Broadcaster" }).waitFor(limit);
  const url = await page.locator("code", { hasText: /^rtmp:.*key=/ }).textContent();
  const publisher = await publishTo(t, url ?? "");

  const card = page.getByRole("article").filter({ hasText: "live/test" });
  await card.getByText("Live", { exact: true }).waitFor(limit);
  await card.getByRole("link", { name: "live/test" }).click();
  await page.getByRole("heading", { name: "live/test" }).waitFor(limit);
  const video = page.locator("sluice-player video");
  await until(() => video.evaluate(({ currentTime }: HTMLVideoElement) => currentTime > 0.5), "the player plays");
  await page.getByText("Bitrate in", { exact: true }).waitFor(limit);
  await page.locator(".chart canvas").first().waitFor(limit);

  await page.getByRole("button", { name: /^Kick publisher/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Kick" }).click();
  await publisher.done;
  await page.getByText(/publisher .* has gone: ended by an operator/).waitFor(limit);
  assert.deepEqual([...hosts], [new URL(started.server.http).host]);
});

test("a key that is disabled sends away who publishes with it", { skip }, async (t) => {
  const started = await firstStart(t);
  const page = await openConsole(t, started, "keys");
  await page.getByLabel("Stream, * for all").fill("cam");
  await page.getByRole("button", { name: "Make a key" }).click();
  const key = await page.locator(".secret code").textContent(limit);
  const publisher = await publishTo(t, `${started.server.rtmp}/live/cam?key=${key}`);
  await page.getByRole("link", { name: "Live" }).click();
  await page.getByRole("article").filter({ hasText: "live/cam" }).getByText("Live", { exact: true }).waitFor(limit);
  await page.getByRole("link", { name: "Keys" }).click();
  await page.getByRole("button", { name: "Disable the key for live/cam" }).click();
  await page.getByRole("cell", { name: "disabled" }).waitFor(limit);
  await publisher.done;
  assert.notEqual(publisher.child.exitCode, 0);
});

test("a ladder is changed where it is made: what is wrong is said at once, what differs before it is saved, and it can be taken back", {
  skip,
}, async (t) => {
  const started = await firstStart(t);
  const file = () => readFileSync(join(started.server.folder, "sluice.yaml"), "utf8");
  const page = await openConsole(t, started, "apps");
  const save = page.getByRole("button", { name: "Save" });
  await page.getByLabel("hold").fill("20");
  await page.locator(".field", { hasText: "hold" }).getByText('"20" is not a duration').waitFor(limit);
  assert.equal(await save.isDisabled(), true);
  await page.getByLabel("hold").fill("15s");
  await page.getByLabel("Qualities").selectOption("own");
  await page.getByLabel("720p").uncheck();
  await page.getByLabel("ladderStart").selectOption("demand");
  await page.getByLabel("What would differ").getByText("apps.live.ladder", { exact: true }).waitFor(limit);
  await until(() => save.isEnabled(), "it can be saved");
  await save.click();
  await page.getByText("Saved.").waitFor(limit);
  assert.match(file(), /360p/);
  assert.match(file(), /ladderStart: demand/);
  assert.match(file(), /# who may publish/);

  await page.getByRole("link", { name: "Configuration" }).click();
  const text = page.getByLabel("Configuration, as YAML");
  await until(async () => /360p/.test(await text.inputValue()), "the text is there");
  const before = await text.inputValue();
  assert.ok(!before.includes(started.key));
  await text.fill(`${before}\nhttp: { port: many }\n`);
  await page.getByRole("button", { name: /^Line \d+/ }).click();
  await text.fill(before.replace("demand", "stream"));
  await page.getByLabel("What would differ").getByText("apps.live.ladderStart").waitFor(limit);
  await page.getByRole("button", { name: "Go back" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
  await until(() => !file().includes("360p"), "the file is as it was");
  assert.ok(file().includes(started.key), "with its secrets");
});

test("who is signed out comes back to the same place, and a look that was chosen stays", { skip }, async (t) => {
  const started = await firstStart(t);
  const page = await openConsole(t, started, "server");
  await page.getByRole("heading", { name: "Server" }).waitFor(limit);
  await page.getByRole("button", { name: "Look: as the system" }).click();
  await page.context().clearCookies();
  await page.getByLabel("Password").waitFor(limit);
  assert.equal(new URL(page.url()).hash, "#/server");
  await signIn(page, started.password);
  await page.getByRole("heading", { name: "Server" }).waitFor(limit);
  await page.reload();
  await page.getByRole("button", { name: "Look: light" }).waitFor(limit);
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "light");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing serious on the ${colorScheme} console, and it fits a phone`, { skip }, async (t) => {
    const started = await firstStart(t);
    await publishTo(t, `${started.server.rtmp}/live/test?key=${started.key}`);
    const page = await openConsole(t, started);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole("article").getByText("Live", { exact: true }).waitFor(limit);
    for (const place of places) {
      await page.goto(`${started.server.http}/#/${place}`);
      await page.getByRole("heading", { level: 1 }).waitFor(limit);
      await page.locator("main .card").first().waitFor(limit);
      for (const summary of await page.locator("details:not([open]) > summary").all()) await summary.click();
      assert.deepEqual(await barriers(page), [], place);
      const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok((wide ?? 0) <= (room ?? 0), `${place} is ${wide} wide`);
    }
  });
}
