import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { until } from "./peers.ts";
import { startServer } from "./server.ts";
import { openBrowser, openPage, publish, seen, noBrowser as skip } from "./watch-page.ts";

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

/** Does what an attacker's script would: leaves a mark. */
const payload = `"><img src=x onerror="document.title='marked'"><script>document.title='marked'</script>`;

async function isClean(page: Page): Promise<void> {
  const found = await page.evaluate(() => [document.title, document.querySelectorAll("[onerror], body script").length]);
  assert.notEqual(found[0], "marked");
  assert.equal(found[1], 0);
}

test("markup in a stream's metadata and in an address is never run and never becomes markup", { skip }, async (t) => {
  const server = await startServer(t);
  await publish(t, server, "live/cam", "small", "-metadata", `title=${payload}`, "-metadata", `encoder=${payload}`);
  const query = new URLSearchParams({ over: payload, title: payload, token: payload });
  const page = await openPage(t, browser, `${server.http}/live/cam?${query}#${payload}`);
  await seen(page, ({ state, frames }) => state === "Live" && frames.length > 10, "it plays");
  for (const summary of await page.locator("summary").all()) await summary.click();
  await page.getByRole("button", { name: "Details" }).click();
  await page.getByText("H.264").waitFor();
  await isClean(page);
  for (const path of [
    `/live/${encodeURIComponent(payload)}`,
    `/${encodeURIComponent(payload)}`,
    `/live/cam/${payload}`,
  ]) {
    const response = await page.goto(`${server.http}${path}`);
    assert.equal(response?.status(), 404, path);
    await page.getByText("There is nothing at this address").waitFor();
    await isClean(page);
  }
});

test("programs get a problem in JSON that nobody reads as markup, people get the home page", { skip }, async (t) => {
  const server = await startServer(t);
  for (const path of ["/nothing", `/live/${encodeURIComponent(payload)}.flv`, "/api/v1/nothing"]) {
    const response = await fetch(`${server.http}${path}`);
    assert.ok([401, 404].includes(response.status), path);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.ok(!(await response.text()).includes("<"));
  }
});

test("the policy of the pages lets no script run but their own, and they load nothing from elsewhere", {
  skip,
}, async (t) => {
  const server = await startServer(t);
  for (const path of ["/", "/live/cam"]) {
    const policy = (await fetch(`${server.http}${path}`)).headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'.*script-src 'self';/);
    assert.ok(!policy.includes("unsafe"));
  }
  const page = await openPage(t, browser, "about:blank");
  const hosts = new Set<string>();
  page.on("request", (asked) => hosts.add(new URL(asked.url()).host));
  await page.goto(`${server.http}/live/cam`);
  await until(async () => (await page.locator("#badge").textContent()) === "Not live", "the page is there");
  await page.evaluate((html) => {
    document.body.insertAdjacentHTML("beforeend", html);
    const script = document.createElement("script");
    script.textContent = "document.title = 'marked'";
    document.body.append(script);
  }, payload);
  await page.waitForFunction(
    () => document.images.length > 1 && [...document.images].every(({ complete }) => complete),
  );
  assert.notEqual(await page.title(), "marked");
  assert.deepEqual([...hosts], [new URL(server.http).host]);
});

/** A handshake as a browser makes it for a page of that origin; resolves to the status. */
function webSocket(url: string, origin: string | undefined): Promise<number | undefined> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...(origin === undefined ? {} : { origin }),
  };
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers });
    asked.on("error", reject);
    asked.on("upgrade", ({ statusCode }, socket) => {
      socket.destroy();
      resolve(statusCode);
    });
    asked.on("response", (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.end();
  });
}

test("only pages of the listed origins may watch over WebSocket", { skip }, async (t) => {
  const server = await startServer(t, "auth: open\nhttp: { origins: ['https://friend.example'] }\n");
  await publish(t, server, "live/cam", "small");
  const url = `${server.http}/live/cam.flv`;
  const cases: readonly (readonly [string | undefined, number])[] = [
    ["https://friend.example", 101],
    [server.http, 101],
    [undefined, 101],
    ["https://foe.example", 403],
    ["https://friend.example.foe.example", 403],
    ["http://friend.example", 403],
    ["null", 403],
  ];
  for (const [origin, status] of cases) assert.equal(await webSocket(url, origin), status, String(origin));
});

test("a page of another site reads the stream where http.origins lists it, and not elsewhere", { skip }, async (t) => {
  const site = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<title>elsewhere</title>");
  });
  t.after(() => site.close());
  await once(site.listen(0, "127.0.0.1"), "listening");
  const elsewhere = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const page = await openPage(t, browser, elsewhere);
  const cases = [
    { origins: "['*']", reads: true, allows: "*" },
    { origins: `['${elsewhere}']`, reads: true, allows: elsewhere },
    { origins: "['https://friend.example']", reads: false, allows: null },
  ];
  for (const { origins, reads, allows } of cases) {
    const server = await startServer(t, `auth: open\nhttp: { origins: ${origins} }\n`);
    await publish(t, server, "live/cam", "small");
    const url = `${server.http}/live/cam.flv`;
    const { headers } = await fetch(url, { method: "HEAD", headers: { origin: elsewhere } });
    assert.equal(headers.get("access-control-allow-origin"), allows);
    assert.equal(headers.get("access-control-allow-credentials"), null);
    const read = page.evaluate(async (from) => {
      try {
        const part = await (await fetch(from)).body?.getReader().read();
        return String.fromCharCode(...(part?.value ?? []).slice(0, 3)) === "FLV";
      } catch {
        return false;
      }
    }, url);
    assert.equal(await read, reads, origins);
    const opened = page.evaluate(
      (from) =>
        new Promise((resolve) => {
          const socket = new WebSocket(from);
          socket.onopen = () => resolve(true);
          socket.onerror = () => resolve(false);
        }),
      url.replace("http", "ws"),
    );
    assert.equal(await opened, reads, origins);
  }
});
