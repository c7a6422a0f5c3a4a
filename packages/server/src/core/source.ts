import type { Packet } from "@sluice/media";

/** Why a source let go of its stream: it said that it was finished, or its connection was lost and it may come back. */
export type Release = "ended" | "lost";

/** What publishes a stream: appends packets until it is released or another one takes over. */
export type Source = {
  /** Packets of a source that no longer holds the stream are dropped. */
  append(packet: Packet): void;
  /** Its client has been asked to connect anew: from now on who shows the same right may take over, and if the source ends, the stream waits for it. */
  moves(): void;
  /** Lets go. A lost stream is held for its source to return; an ended one ends. Nothing happens when the stream has another source by now. */
  release(how: Release): void;
};

/** What the stream tells whoever publishes it: another source took over, or an operator ended it. */
export type SourceOwner = {
  /** It gives way to whoever publishes here, and takes nothing over from them: what it has comes from elsewhere. */
  readonly yields?: boolean;
  closed(reason: "taken over" | "ended"): void;
};
