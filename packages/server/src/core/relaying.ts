import type { LookupFunction } from "node:net";
import type { Wish } from "./wish.ts";

/** Which hosts a relay may connect to. */
export type Reach = {
  /** Throws a `RelayRefusal` for a host that is written as an address and may not be connected to. */
  check(host: string): void;
  /** Looks a name up as Node's sockets want it, and refuses what it leads to: they connect to what was looked at, and to nothing else. */
  readonly lookup: LookupFunction;
};

/** A relay may not do this, however often it is tried. */
export class RelayRefusal extends Error {
  readonly code: "relay/address";

  constructor(message: string) {
    super(message);
    this.code = "relay/address";
  }
}

/** Another server, and how to get there. The address is whole: it may hold secrets, and nobody logs it. */
export type RelayOrder = {
  readonly address: string;
  /** The stream's name there, with its query, where the address does not end with it. */
  readonly key?: string;
  readonly reach: Reach;
  /** An encrypted connection is made with whoever answers. */
  readonly anyCertificate: boolean;
  /** Where to go when the other server asks for that; undefined to stay where it is. */
  redirect(current: string, wanted: string): string | undefined;
};

/** What is sent there of a stream. */
export type PushOrder = RelayOrder & {
  readonly wish?: Wish;
  /** Codecs are sent that the other server has not announced, and that it may know all the same. */
  readonly anyCodec: boolean;
};

/** How a relay's connection ended, in words without secrets. */
export type RelayEnd = {
  readonly reason: string;
  /** Another attempt would end the same. */
  readonly hopeless?: boolean;
  /** There is nothing more to relay: the stream is over, or is published by somebody else. */
  readonly over?: boolean;
};

/** What the connection tells whoever ordered it. */
export type RelayOwner = {
  /** It sends, or receives, from now on. */
  running(): void;
  /** It goes on over a connection to this address, where the stream has this name. */
  moved(address: string, key: string): void;
  ended(end: RelayEnd): void;
};

/** A stream on its way to another server, or from there. */
export type RelayConnection = {
  readonly bytes: number;
  /** Of what it sends: how much of the stream waits here for the other server to take it. */
  readonly lagMs?: number;
  /** Takes its leave of the other server; `ended` is not told. */
  close(): void;
};
