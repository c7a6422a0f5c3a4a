import { rootShape, type Shape } from "../packages/server/src/config/shape.ts";
import { eventCatalogue, eventName } from "../packages/server/src/core/event-catalogue.ts";

/** docs/events.md: everything that the server tells, and how; the tables are read off the program. */
export function eventsPage(): string {
  return `${[introduction, catalogue(), ways, hookKeys(), webhooks].join("\n\n")}\n`;
}

const introduction = `# Events

This page is made from the program by \`npm run docs\`; do not edit it.

What happens in the server is told as it happens, in three ways that share one catalogue: as
[webhooks](#webhooks), as [server-sent events](#server-sent-events), and in [the log](operate.md#the-log).

## Catalogue

Each event is a JSON object with \`kind\`, \`at\` (milliseconds since 1970) and the fields of its kind. Further fields and
kinds may be added; take no notice of those that you do not know. Nothing in an event is secret: no keys, no tokens, no
addresses of viewers.`;

const ways = `In \`kinds\`, in the name of a server-sent event and in the header \`Sluice-Event\` there is a hyphen in the place of
the space: \`session-opened\`.

## Server-sent events

\`GET /api/v1/events\` tells them to whoever listens, by an account or an API token with the scope \`read\`. \`kinds\` chooses:

\`\`\`sh
curl -N -H "authorization: Bearer $TOKEN" "http://127.0.0.1:8080/api/v1/events?kinds=stream,session-opened"
\`\`\`

The last 1,000 are kept: with \`Last-Event-ID\`, which browsers send by themselves, or \`since\` comes what was missed. After
15 minutes the connection is ended, and you come again.

## Webhooks

\`\`\`yaml
hooks:
  - url: https://example.com/sluice
    secret: a-long-random-text
    kinds: [stream, session-refused]    # without it, all
    apps: [live]                        # without it, all
\`\`\``;

const webhooks = `Each event is one \`POST\`, of a JSON object with \`id\` beside \`at\`, \`kind\` and the rest:

\`\`\`http
POST /sluice HTTP/1.1
Content-Type: application/json
Sluice-Event: stream
Sluice-Delivery: 5kJ0pR2mXw9aTqLe
Sluice-Signature: t=1800000000,v1=9d5e…

{"id":"5kJ0pR2mXw9aTqLe","at":1800000000000,"kind":"stream","stream":"live/test","state":"live"}
\`\`\`

Any answer from 200 to 299 within 10 seconds means that it has arrived. Its body does not matter, and is not read beyond
64 KiB. Redirections are not followed.

**Order.** Each hook has a queue of its own, and gets one event at a time, in the order in which they happened. One that
hangs holds up no other, and no stream.

**Again.** What has not arrived is sent again after 1 s, 5 s, 30 s, 2 min and 10 min, each a quarter more or less; the
rest waits behind it. What arrived but was not answered in time comes twice: it has the same \`id\`. As many as \`queue\`
says wait, and at most 8 MiB; beyond that the oldest are left out, and counted (\`dropped\`).

**Dead letters.** What could not be delivered at all is kept, the newest 1,000, with the [records](operate.md#records),
so that they survive a restart. So is what still waits when the server stops. They can be sent again:

\`\`\`sh
sluice hooks list             # how each hook does
sluice hooks test 0           # send an event of the kind "test" to the first
sluice hooks dead             # what could not be delivered
sluice hooks replay ID        # send it again, behind what waits
sluice hooks discard ID
\`\`\`

The API has the same: \`GET hooks\`, \`POST hooks/INDEX/test\`, \`GET hooks/dead\`, \`POST hooks/dead/ID/replay\` and
\`DELETE hooks/dead/ID\`. What belonged to a \`url\` that is in the configuration no more cannot be sent again. A replayed
event comes later than those that happened after it: go by \`at\`.

**The signature.** \`v1\` is the HMAC-SHA256 of the text \`t\`, a dot and the body, in hexadecimal digits, with \`secret\` as
the key. \`t\` is the time of sending in seconds: refuse what is older than five minutes, so that nobody can play back what
they overheard. Check it over the bytes as they came, before you read them as JSON. This is a whole program that does;
save it as \`hear.mjs\`.

\`\`\`js runnable hear.mjs
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const [, time = "0", given = ""] = /^t=(\\d+),v1=([0-9a-f]{64})$/.exec(request.headers["sluice-signature"]) ?? [];
  const sum = createHmac("sha256", process.env.SECRET).update(\`\${time}.\`).update(body).digest();
  const shown = Buffer.from(given, "hex");
  const genuine = shown.length === sum.length && timingSafeEqual(shown, sum);
  if (!genuine || Math.abs(Date.now() / 1000 - time) > 300) return response.writeHead(403).end();
  console.log(JSON.parse(body));
  response.end();
}).listen(3000, "127.0.0.1");
\`\`\`

Start it, name it, and send it an event to see that it hears:

\`\`\`sh runnable serves
SECRET=a-long-random-text node hear.mjs
\`\`\`

\`\`\`yaml runnable
hooks:
  - { url: "http://127.0.0.1:3000/", private: true, secret: a-long-random-text }
\`\`\`

\`\`\`sh runnable
npx sluice hooks test 0
npx sluice hooks list
\`\`\`

\`\`\`text output
index host state queued delivered failed dead dropped lastError
0 … idle 0 1 0 0 0 -
\`\`\`

**Where it may lead.** A hook's name is looked up for each connection, and the connection goes to the very address that
was looked at. Addresses of this machine, of private networks, link-local ones (where clouds keep credentials) and
everything else that is not reachable from everywhere are refused, unless the hook says \`private: true\`, as it has to for
the program above. A name that has one such address among others is
refused too. Over \`https://\` the certificate has to be valid for the name. \`http://\` is for private addresses alone,
unless the hook says \`plain: true\`. What is refused goes to the dead letters at once.`;

function catalogue(): string {
  const rows = Object.entries(eventCatalogue).map(([kind, { when, fields }]) => {
    const described = Object.entries(fields).map(([field, meaning]) => `\`${field}\`: ${meaning}`);
    return `| \`${kind}\` | ${when} | ${described.join("<br>")} |`;
  });
  const names = Object.keys(eventCatalogue).filter((kind) => eventName(kind) !== kind);
  if (names.length === 0) throw new Error("the page says that some kinds have a space in them, and none has");
  return ["| kind | when | fields |", "|---|---|---|", ...rows].join("\n");
}

function hookKeys(): string {
  const keys: Readonly<Record<string, Shape>> = rootShape.properties?.hooks?.items?.properties ?? {};
  const rows = Object.entries(keys).map(
    ([key, { default: usual, description }]) => `| \`${key}\` | \`${JSON.stringify(usual)}\` | ${description} |`,
  );
  return ["| key of a hook | default | meaning |", "|---|---|---|", ...rows].join("\n");
}
