import { encodeCommand } from "./command.ts";
import type { Message } from "./message.ts";

/** The status codes that we send (RTMP 1.0, 7.2.2, and what Flash Media Server's clients know). */
export type StatusCode =
  | "NetConnection.Connect.Rejected"
  | "NetStream.Publish.Start"
  | "NetStream.Publish.BadName"
  | "NetStream.Publish.Denied"
  | "NetStream.Publish.Unauthorized"
  | "NetStream.Unpublish.Success"
  | "NetStream.Play.Reset"
  | "NetStream.Play.Start"
  | "NetStream.Play.Stop"
  | "NetStream.Play.Failed"
  | "NetStream.Play.StreamNotFound"
  | "NetStream.Play.PublishNotify"
  | "NetStream.Play.UnpublishNotify"
  | "NetStream.Pause.Notify"
  | "NetStream.Unpause.Notify"
  | "NetStream.Seek.Notify"
  | "NetStream.Seek.Failed";

/** onStatus on the NetStream that it is about: clients look for it there. A level of "error" ends FFmpeg's session, so only what is final has it. */
export function onStatus(streamId: number, level: "status" | "error", code: StatusCode, description: string): Message {
  return encodeCommand(streamId, "onStatus", 0, null, { level, code, description });
}
