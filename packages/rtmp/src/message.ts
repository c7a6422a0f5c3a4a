/** Message type ids (RTMP 1.0, 5.4, 7.1 and 6.2). */
export const MessageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  data: 18,
  sharedObject: 19,
  command: 20,
  aggregate: 22,
} as const;

/** One RTMP message, whole (RTMP 1.0, 6.1). */
export type Message = {
  /** One of `MessageType`, or what a stranger sent. */
  readonly type: number;
  /** The message stream (NetStream) it belongs to; 0 is the connection. */
  readonly streamId: number;
  /** Milliseconds, modulo 2³². */
  readonly timestampMs: number;
  readonly body: Uint8Array;
};
