import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { decodeAmf0, encodeAmf0, MalformedError } from "@sluice/media";
import fc from "fast-check";
import { lend } from "../testing/chunks.ts";
import { connection } from "../testing/connection.ts";
import { encodeMessage } from "./chunk-encoder.ts";
import { ClientConnection, type ClientEvent } from "./client-connection.ts";
import { ServerConnection } from "./server-connection.ts";
import type { ServerEvent } from "./server-event.ts";

/** Our client and our server, wire to wire. */
function pair() {
  const toServer: Uint8Array[] = [];
  const toClient: Uint8Array[] = [];
  const events: ServerEvent[] = [];
  const told: ClientEvent[] = [];
  const server = new ServerConnection({
    send: (bytes) => void toClient.push(bytes),
    random: randomBytes,
    emit: (event) => void events.push(event),
  });
  const client = new ClientConnection({
    send: (bytes) => void toServer.push(bytes),
    random: randomBytes,
    emit: (event) => void told.push(event),
    app: "live",
    tcUrl: "rtmp://h/live",
  });
  const flow = () => {
    while (toServer.length + toClient.length > 0) {
      for (const bytes of toServer.splice(0)) lend({ push: (lent) => server.receive(lent) }, bytes);
      for (const bytes of toClient.splice(0)) lend({ push: (lent) => client.receive(lent) }, bytes);
    }
  };
  flow();
  return { server, client, events, told, flow };
}

test("our client publishes and plays through our server", () => {
  const { server, client, events, told, flow } = pair();
  client.createStream();
  client.createStream();
  flow();
  assert.deepEqual(
    told.flatMap((event) => (event.kind === "stream" ? [event.streamId] : [])),
    [1, 2],
  );
  client.publish(1, "cam?key=x");
  client.play(2, "cam");
  flow();
  server.acceptPublish(1);
  server.acceptPlay(2);
  flow();
  assert.deepEqual(
    told.flatMap((event) => (event.kind === "status" ? [`${event.streamId} ${event.code}`] : [])),
    ["1 NetStream.Publish.Start", "2 NetStream.Play.Reset", "2 NetStream.Play.Start"],
  );
  client.media(1, 9, 2 ** 32 - 1, new Uint8Array(100_000).fill(9));
  flow();
  const media = events.at(-1);
  assert.ok(media?.kind === "media" && media.timestampMs === 2 ** 32 - 1 && media.body.length === 100_000);
  server.publishNotify(2);
  server.endPlay(2, "over");
  server.endPublish(1, "NetStream.Publish.BadName", "someone else");
  flow();
  assert.deepEqual(
    told.slice(-5).flatMap((event) => (event.kind === "status" ? [event.code] : [])),
    ["NetStream.Play.PublishNotify", "NetStream.Play.UnpublishNotify", "NetStream.Publish.BadName"],
  );
});

test("any bytes after the handshake give events or one MalformedError, on either side", () => {
  const sides = [
    () => connection().server,
    () => {
      const client = new ClientConnection({
        send: () => {},
        random: randomBytes,
        emit: () => {},
        app: "a",
        tcUrl: "b",
      });
      client.receive(Buffer.concat([Buffer.of(3), Buffer.alloc(3072)]));
      return client;
    },
  ];
  const bodies = fc.array(
    fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 9, 15, 16, 17, 18, 19, 20, 22, 99), fc.uint8Array({ maxLength: 60 })),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        bodies.map((all) =>
          Buffer.concat(all.map(([type, body]) => encodeMessage(5, { type, streamId: 1, timestampMs: 0, body }, 128))),
        ),
      ),
      (wire) => {
        for (const side of sides) {
          try {
            side().receive(wire);
          } catch (error) {
            assert.ok(error instanceof MalformedError, String(error));
          }
        }
      },
    ),
    { numRuns: 1500 },
  );
});

test("values that commands carry are data, whatever their names", () => {
  assert.equal(Object.getPrototypeOf(decodeAmf0(encodeAmf0({ constructor: 1 }))[0]), null);
});
