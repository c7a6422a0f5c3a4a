import type { Static, TObject } from "typebox";
import type { Certificates } from "./certificates.ts";
import type { Access } from "./core/access.ts";
import type { Admission } from "./core/admission.ts";
import type { CodecPolicy } from "./core/codec-policy.ts";
import type { Hub } from "./core/hub.ts";
import type { Log } from "./core/log.ts";
import type { PushOrder, RelayConnection, RelayOrder, RelayOwner } from "./core/relaying.ts";
import type { Sessions } from "./core/sessions.ts";
import type { Stream } from "./core/stream.ts";
import type { StreamName } from "./core/stream-name.ts";
import type { Routes } from "./http/routes.ts";
import type { Segments } from "./segments/index.ts";

/** What the application lends to every protocol. */
export type Host = {
  readonly hub: Hub;
  readonly access: Access;
  readonly sessions: Sessions;
  readonly admission: Admission;
  readonly routes: Routes;
  readonly certificates: Certificates;
  readonly segments: Segments;
  /** Asked anew whenever it is needed. */
  readonly codecs: (app: string) => CodecPolicy;
  readonly log: Log;
};

/** `ports`: where it listens, by configuration key ("rtmp.port"). */
export type Running = { readonly ports: Readonly<Record<string, number>>; close(): Promise<void> };

/** One way for streams to come in or go out. Adding a protocol means adding one of these. */
export type Protocol<Schema extends TObject = TObject> = {
  readonly name: string;
  /** "rtmp", "rtmps": what pull and push answer to. */
  readonly schemes: readonly string[];
  /** Its section of the config file, defaults and help text included. */
  readonly config: Schema;
  /** `settings` is asked anew whenever a value is needed, so what can change while running does. */
  start(host: Host, settings: () => Static<Schema>): Promise<Running>;
  /** Sends a stream to another server. */
  push?(host: Host, from: Stream, order: PushOrder, owner: RelayOwner): RelayConnection;
  /** Fetches a stream from another server. */
  pull?(host: Host, into: StreamName, order: RelayOrder, owner: RelayOwner): RelayConnection;
};

/** Keeps the type of the configuration that the schema describes. */
export function defineProtocol<Schema extends TObject>(protocol: Protocol<Schema>): Protocol<Schema> {
  return protocol;
}
