import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { FlvDemuxer, FlvReader, type Packet } from "@sluice/media";
import { ClientConnection, type ClientEvent } from "@sluice/rtmp";
import { WebSocket } from "ws";
import type { TestViewer } from "./conforms.ts";
import { until } from "./host.ts";

/** Our RTMP client on a real socket, with everything that it was told. */
export type RtmpClient = {
  readonly socket: Socket;
  readonly connection: ClientConnection;
  readonly events: ClientEvent[];
  /** The codes of all status messages so far. */
  statuses(): string[];
  closed(): boolean;
};

/** Connects and creates NetStream 1. */
export async function rtmpClient(port: number, app = "live", connectExtras = {}): Promise<RtmpClient> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const events: ClientEvent[] = [];
  let closed = false;
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  await once(socket, "connect");
  const connection = new ClientConnection({
    send: (bytes) => void socket.write(bytes),
    random: randomBytes,
    emit: (event) => void events.push(event),
    app,
    tcUrl: `rtmp://127.0.0.1:${port}/${app}`,
    connect: connectExtras,
  });
  socket.on("data", (bytes) => connection.receive(bytes));
  await until(() => closed || events.some(({ kind }) => kind === "connected"), "connect is answered");
  if (!closed) connection.createStream();
  await until(() => closed || events.some(({ kind }) => kind === "stream"), "createStream is answered");
  const statuses = () => events.flatMap((event) => (event.kind === "status" ? [event.code] : []));
  return { socket, connection, events, statuses, closed: () => closed };
}

/** A viewer over RTMP. */
export async function rtmpViewer(port: number, stream: string): Promise<TestViewer & { readonly client: RtmpClient }> {
  const [app = "", name = ""] = stream.split("/");
  const client = await rtmpClient(port, app);
  const { packets, feed } = demuxed();
  const take = client.events.push.bind(client.events);
  client.events.push = (...events) => {
    for (const event of events) if (event.kind === "media") feed(event.type, event.timestampMs, event.body);
    return take(...events);
  };
  client.connection.play(1, name);
  await until(() => client.closed() || client.statuses().length > 0, "play is answered");
  return {
    client,
    packets,
    ended: () =>
      client.statuses().find((code) => /UnpublishNotify|Failed|StreamNotFound/.test(code)) ??
      (client.closed() ? "closed" : undefined),
    stall: () => void client.socket.pause(),
    close: () => void client.socket.destroy(),
  };
}

/** A viewer over HTTP-FLV. */
export async function flvViewer(
  port: number,
  stream: string,
  query = "",
): Promise<TestViewer & { readonly reader: FlvReader }> {
  const { packets, reader } = demuxed();
  const state = { ended: undefined as string | undefined };
  const request = get({ port, host: "127.0.0.1", path: `/${stream}.flv${query}`, agent: false });
  const [response] = await once(request, "response");
  if (response.statusCode !== 200) {
    response.resume();
    state.ended = `status ${response.statusCode}`;
  } else {
    response.on("data", (bytes: Buffer) => reader.push(bytes));
    response.on("end", () => {
      state.ended = "end of body";
    });
  }
  response.on("error", () => {});
  request.on("error", () => {});
  return {
    reader,
    packets,
    ended: () => state.ended,
    stall: () => void response.socket.pause(),
    close: () => void response.socket.destroy(),
  };
}

/** A viewer over WebSocket-FLV. */
export async function webSocketViewer(port: number, stream: string): Promise<TestViewer> {
  const { packets, reader } = demuxed();
  const state = { ended: undefined as string | undefined };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${stream}.flv`);
  socket.on("message", (data: Buffer, binary: boolean) => {
    if (binary) reader.push(data);
  });
  socket.on("unexpected-response", (_request, response) => {
    state.ended = `status ${response.statusCode}`;
    response.resume();
  });
  socket.on("close", (code) => {
    state.ended ??= `close ${code}`;
  });
  socket.on("error", () => {});
  await until(
    () => socket.readyState === WebSocket.OPEN || state.ended !== undefined,
    "the WebSocket is open or refused",
  );
  return { packets, ended: () => state.ended, stall: () => void socket.pause(), close: () => void socket.terminate() };
}

function demuxed() {
  const packets: Packet[] = [];
  const demuxer = new FlvDemuxer((packet) => void packets.push(packet));
  const feed = (type: number, timestampMs: number, body: Uint8Array) => demuxer.tag(type, timestampMs, body);
  const reader = new FlvReader(({ type, timestampMs, body }) => feed(type, timestampMs, body));
  return { packets, feed, reader };
}
