/** A quality that a viewer can be given now. */
export type Choice = {
  readonly name: string;
  /** Bits per second as measured over the last seconds, sound included. */
  readonly bitrate: number;
  /** Sound alone: the last one, where there is one. */
  readonly sound?: boolean;
};

/** What is seen of one viewer's connection, about four times a second. */
export type Observation = {
  /** Of a clock that only goes forward. */
  readonly atMs: number;
  /** Dearest first; never empty. It may be another list each time. */
  readonly choices: readonly Choice[];
  /** The choice that the viewer is on, or on its way to; -1 when that one is gone. */
  readonly current: number;
  /** It is still on its way: the keyframe where it changes has not been written yet. */
  readonly moving?: boolean;
  /** Media time from the viewer's position to the next keyframe that all choices share, as far as that can be known. */
  readonly groupLeftMs?: number;
  /** What the kernel took since the last observation. */
  readonly takenBytes: number;
  /** Handed to the socket and not taken by the kernel yet. */
  readonly waitingBytes: number;
  /** How far the viewer's position is behind the head of its log, in media time. */
  readonly lagMs: number;
  /** For how long the socket has been taking less than it is given, ending now; 0 when it takes everything. */
  readonly blockedMs: number;
  /** Where the kernel tells: what it has and the peer has not acknowledged. */
  readonly unackedBytes?: number | undefined;
  /** Bits per second that the peer acknowledged since the last observation, by the time in which there was anything to acknowledge; undefined where that was too short. */
  readonly pathBitrate?: number | undefined;
  /** For how long there was anything to acknowledge since the last observation; told with `unackedBytes`. */
  readonly busyMs?: number | undefined;
  /** The most that was written at once since the last observation. */
  readonly burstBytes?: number;
  /** The shortest time from sending to acknowledgement that the connection has had; told with `unackedBytes`. */
  readonly roundTripMs?: number | undefined;
};
