import type { Address } from "./address.ts";
import type { Message } from "./message.ts";

/** What a NetStream does now. The `-pending` states wait for the host's answer, and nothing has been promised. */
export type NetStreamState = "idle" | "publish-pending" | "publishing" | "play-pending" | "playing";

/** One NetStream of a connection (RTMP 1.0, 7.2.2). */
export type NetStream = {
  readonly id: number;
  state: NetStreamState;
  address: Address | undefined;
  /** play asked for Play.Reset. */
  reset: boolean;
  /** Media that came while publishing was not granted yet. */
  early: Message[];
  earlyBytes: number;
};

export function netStream(id: number): NetStream {
  return { id, state: "idle", address: undefined, reset: true, early: [], earlyBytes: 0 };
}
