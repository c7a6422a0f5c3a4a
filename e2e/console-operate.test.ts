import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after, before, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { rtmpClient } from "../packages/server/testing/clients.ts";
import { clip } from "./clips.ts";
import { barriers, firstStart, limit, openConsole, publishTo, signIn, tabTo } from "./console-page.ts";
import { FlvPublisher, flvTags } from "./flv-publisher.ts";
import { until } from "./peers.ts";
import { openBrowser, openPage, noBrowser as skip } from "./watch-page.ts";

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

/** A program that is told what happens: the kinds of the events that it got. */
async function receiver(t: TestContext) {
  const kinds: string[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (bytes) => {
      text += bytes;
    });
    request.on("end", () => {
      kinds.push((JSON.parse(text) as { kind: string }).kind);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { kinds, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/told` };
}

test("what a webhook was not told is looked at, sent again once that is allowed, or deleted", { skip }, async (t) => {
  const { kinds, url } = await receiver(t);
  const started = await firstStart(t);
  const page = await openConsole(t, browser, started, "configuration");
  const text = page.getByLabel("Configuration, as YAML");
  await until(async () => /streamKeys/.test(await text.inputValue()), "the text is there");
  await text.fill(`${await text.inputValue()}\nhooks: [{ url: "${url}", private: false }]\n`);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor(limit);
  await publishTo(t, `${started.server.rtmp}/live/test?key=${started.key}`);

  await page.getByRole("link", { name: "Webhooks" }).click();
  const letters = page.getByRole("list", { name: /^Events that could not be delivered/ }).getByRole("listitem");
  const session = letters.filter({ hasText: "session-opened" });
  await session.getByText("What was to be sent").click();
  await session.getByText('"stream": "live/test"').waitFor(limit);
  await session.getByText("it leads to an address that is not public").waitFor(limit);
  await page.getByRole("button", { name: /^Test the webhook/ }).click();
  await page.getByText(/It has not arrived at 127/).waitFor(limit);

  await page.getByRole("link", { name: "change it" }).click();
  await until(async () => /private: false/.test(await text.inputValue()), "the text is there");
  await text.fill((await text.inputValue()).replace("private: false", "private: true"));
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor(limit);
  await page.getByRole("link", { name: "Webhooks" }).click();
  await session.getByRole("button", { name: /^Send again the event session-opened/ }).click();
  await until(() => kinds.includes("session opened"), "it has arrived");
  await session.waitFor({ ...limit, state: "detached" });
  await page.getByRole("button", { name: /^Test the webhook/ }).click();
  await page.getByText(/An event of the kind "test" has arrived/).waitFor(limit);
  assert.ok(kinds.includes("test"));

  const left = await letters.count();
  assert.ok(left > 1, "the stream's beginning is among them");
  await letters
    .first()
    .getByRole("button", { name: /^Delete/ })
    .click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await until(async () => (await letters.count()) < left, "it is gone");
  if ((await letters.count()) > 1) {
    await page.getByRole("button", { name: /^Delete all/ }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Delete all/ })
      .click();
    await page.getByText("None: all that was to be told has arrived").waitFor(limit);
  }
});

test("an account's owner changes the password, and another role has other pages", { skip }, async (t) => {
  const started = await firstStart(t);
  const page = await openConsole(t, browser, started, "accounts");
  const form = page.locator("form");
  await form.getByLabel("Name").fill("anna");
  await form.getByLabel("Password").fill("the first password");
  await form.getByLabel("Role").selectOption("viewer");
  await page.getByRole("button", { name: "Make an account" }).click();
  await page.getByText("anna may sign in.").waitFor(limit);
  await page.getByRole("button", { name: "Sign out" }).click();

  await signIn(page, "the first password", "anna");
  const menu = page.getByRole("navigation", { name: "Console" });
  assert.deepEqual(await menu.getByRole("link").allTextContents(), ["Live", "Sessions", "Relays", "Server"]);
  await page.getByRole("link", { name: "Your account: anna, viewer" }).click();
  const change = page.getByRole("button", { name: "Change it" });
  const fill = async (current: string, password: string, again = password) => {
    await page.getByLabel("Present password").fill(current);
    await page.getByLabel("New password", { exact: true }).fill(password);
    await page.getByLabel("New password again").fill(again);
  };
  await fill("the first password", "the second password", "the second passwort");
  await page.getByText("it is not the same").waitFor(limit);
  assert.equal(await change.isDisabled(), true);
  await fill("not the password", "the second password");
  await change.click();
  await page.getByText("the current password is wrong").waitFor(limit);
  await fill("the first password", "the second password");
  await change.click();
  await page.getByText("Your password is changed.").waitFor(limit);
  await page.getByRole("link", { name: "Server" }).click();
  await page.getByRole("heading", { name: "Server" }).waitFor(limit);

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor(limit);
  await page.getByLabel("Name", { exact: true }).fill("anna");
  await page.getByLabel("Password").fill("the first password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("the name or the password is wrong").waitFor(limit);
  await signIn(page, "the second password", "anna");
});

test("an address is kept out and let in again, and a right is revoked", { skip }, async (t) => {
  const started = await firstStart(t);
  const page = await openConsole(t, browser, started, "sessions");
  await page.getByLabel("Address or network").fill("127.0.0.1");
  await page.getByRole("button", { name: "Keep out" }).click();
  await page.getByText(/this machine, or a proxy/).waitFor(limit);
  await page.getByLabel("Address or network").fill("203.0.113.0/24");
  await page.locator("form", { hasText: "Keep out" }).getByLabel("Why").fill("scrapers");
  await page.getByRole("button", { name: "Keep out" }).click();
  await page.getByRole("cell", { name: "scrapers" }).waitFor(limit);
  await page.getByRole("button", { name: "Let 203.0.113.0/24 in again" }).click();
  await page.getByText("No address is kept out.").waitFor(limit);

  await page.getByLabel("Token or signed address").fill("somebody's token");
  await page.locator("form", { hasText: "Revoke" }).getByLabel("Why").fill("was passed on");
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByText(/It is revoked; 0 sessions/).waitFor(limit);
  await page.getByRole("cell", { name: "was passed on" }).waitFor(limit);
});

test("who has only a keyboard signs in, makes a key, copies it, and sends its publisher away", { skip }, async (t) => {
  const started = await firstStart(t);
  const page = await openPage(t, browser, started.server.http);
  page.setDefaultTimeout(limit.timeout);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const { keyboard } = page;
  await page.getByLabel("Password").waitFor();
  await tabTo(page, page.getByLabel("Password"));
  await keyboard.type(started.password);
  await keyboard.press("Enter");

  await page.getByText("Nothing is live yet").waitFor();
  await tabTo(page, page.getByLabel("Stream name"));
  await keyboard.press("ControlOrMeta+A");
  await keyboard.type("keys");
  await keyboard.press("Enter");
  await page.getByRole("img", { name: "QR code for Larix Broadcaster" }).waitFor();
  await tabTo(page, page.getByRole("button", { name: "Copy the address" }));
  await keyboard.press("Enter");
  await page.getByText("Copied: the address.").waitFor();
  const url = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(url, /^rtmp:.*\/live\/keys\?key=/);
  const publisher = await publishTo(t, url);

  const card = page.getByRole("link", { name: "live/keys" });
  await card.waitFor();
  await tabTo(page, card);
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "live/keys" }).waitFor();
  const kick = page.getByRole("button", { name: /^Kick publisher/ });
  await kick.waitFor();
  await tabTo(page, kick);
  await keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(publisher.child.exitCode, null, "to escape does nothing");
  await until(() => kick.evaluate((element) => element === document.activeElement), "the way back is where it began");
  await keyboard.press("Enter");
  await tabTo(page, dialog.getByRole("button", { name: "Kick" }));
  await keyboard.press("Enter");
  await publisher.done;
  await page.getByText(/publisher .* has gone: ended by an operator/).waitFor();
});

test("a publisher is asked to connect elsewhere; the server is emptied of people, and takes them again", {
  skip,
}, async (t) => {
  const started = await firstStart(t);
  const client = await rtmpClient(Number(new URL(started.server.rtmp).port), "live", { capsEx: 1 });
  t.after(() => client.socket.destroy());
  client.connection.publish(1, `test?key=${started.key}`);
  const publisher = new FlvPublisher(client);
  t.after(() => publisher.close());
  publisher.loop(flvTags(await clip("small")));
  const page = await openConsole(t, browser, started);
  const dialog = page.getByRole("dialog");
  const asked = () => client.events.flatMap((event) => (event.kind === "reconnect" ? [event.tcUrl] : []));

  await page.getByRole("link", { name: "live/test" }).click();
  const tracks = page.getByRole("list", { name: "Tracks" }).getByRole("listitem");
  await tracks.filter({ hasText: /Picture H264 160×90 25 fps.*kbit\/s · default/ }).waitFor();
  await tracks.filter({ hasText: /Sound AAC 44.1 kHz stereo.*kbit\/s · default/ }).waitFor();
  await page.getByRole("button", { name: "Reconnect publisher" }).click();
  await dialog.getByLabel("Address").fill("rtmp://other.example");
  await dialog.getByRole("button", { name: "Reconnect publisher" }).click();
  await page.getByText("is asked to connect anew to rtmp://other.example.").waitFor();
  await until(() => asked().length === 1, "the publisher was told");

  await page.getByRole("link", { name: "Server" }).click();
  await page.getByRole("button", { name: "Empty this server" }).click();
  await dialog.getByLabel("Address").fill("nonsense");
  assert.deepEqual(await barriers(page), [], "the dialog");
  await dialog.getByRole("button", { name: "Empty this server" }).click();
  await page.getByText(/\(request\/invalid\)|tcUrl/).waitFor();
  await page.getByRole("button", { name: "Empty this server" }).click();
  await dialog.getByLabel("Address").fill("rtmp://next.example");
  await dialog.getByLabel("Why").fill("updates");
  await dialog.getByRole("button", { name: "Empty this server" }).click();
  await page.getByText("0 of 1 have gone").waitFor();
  await page.getByText("rtmp://next.example").waitFor();
  assert.deepEqual(await barriers(page), [], "while it is emptied");
  await until(() => asked().length === 2, "the publisher was told again");
  publisher.end();
  await page.getByText("Nobody is left, and nobody is let in").waitFor();
  await page.getByRole("button", { name: "Take sessions again" }).click();
  await dialog.getByRole("button", { name: "Take sessions again" }).click();
  await page.getByText("The server takes sessions again.").waitFor();
  await page.getByRole("button", { name: "Empty this server" }).waitFor();
});

test("a stream is sent to another server by hand: why it does not go is said, how it goes is shown, its key is not", {
  skip,
}, async (t) => {
  const started = await firstStart(t);
  await publishTo(t, `${started.server.rtmp}/live/test?key=${started.key}`);
  const page = await openConsole(t, browser, started, "relays");
  const dialog = page.getByRole("dialog");
  const row = page.getByRole("table", { name: "Sent to other servers" }).locator("tbody tr");
  const begin = page.getByRole("button", { name: "Send to another server" });
  const stop = async () => {
    await row.getByRole("button", { name: /^Stop sending live\/test to rtmp:/ }).click();
    await dialog.getByRole("button", { name: "Stop" }).click();
    await row.waitFor({ state: "detached" });
  };
  await page.getByText("No stream is sent anywhere.").waitFor();
  await begin.click();
  await dialog.getByLabel("Stream", { exact: true }).fill("live/test");
  await dialog.getByLabel("Address").fill(`${started.server.rtmp}/live`);
  await dialog.getByLabel("Stream key").fill(`copy?key=${started.key}`);
  assert.equal(await dialog.getByLabel("Stream key").getAttribute("type"), "password");
  assert.deepEqual(await barriers(page), [], "the dialog");
  await dialog.getByRole("button", { name: "Send to another server" }).click();
  await page.getByText("live/test is sent on whenever it is live.").waitFor();
  await row.getByText("given up").waitFor();
  await row.getByText(/it leads to an address that is not public/).waitFor();
  await stop();

  await page.goto(`${started.server.http}/#/streams/live/test`);
  await begin.click();
  await dialog.getByLabel("Address").fill(`${started.server.rtmp}/live`);
  await dialog.getByLabel("Stream key").fill(`copy?key=${started.key}`);
  await dialog.getByLabel(/private network/).check();
  await dialog.getByRole("button", { name: "Send to another server" }).click();
  await row.getByText("sending").waitFor();
  await row.getByText("begun by hand").waitFor();
  await row.getByText(/bit\/s$/).waitFor();
  await page.getByText(/^it is sent to rtmp:/).waitFor();
  await page.getByRole("link", { name: "Relays" }).click();
  await row.getByRole("link", { name: "live/test" }).waitFor();
  assert.deepEqual(await barriers(page), [], "while it is sent");
  assert.ok(!(await page.content()).includes(started.key), "the key is nowhere on the page");
  await stop();
});
