/** When a session came to each step on the way to its first byte, by the clock that only goes forward. */
export type Beginning = {
  /** Its connection was taken; absent where it had served something else before. */
  readonly acceptedAt?: number | undefined;
  /** Their handshake was over, in protocols that have one. */
  readonly shakenAt?: number | undefined;
  /** What it wants had been said. */
  readonly requestedAt: number;
  /** It had the right to. */
  decidedAt?: number;
  /** It had its place in the stream. */
  joinedAt?: number;
  /** There was no publisher yet: how long it took says nothing of the server. */
  waited?: boolean;
  /** The session, where it is known by then. */
  session?: string;
};

/** A session that has begun: the first byte of media has gone to a viewer, or has come from a publisher. */
export type Begun = Beginning & {
  readonly protocol: string;
  readonly role: "publisher" | "viewer";
  readonly stream: string;
  readonly startedAt: number;
};
