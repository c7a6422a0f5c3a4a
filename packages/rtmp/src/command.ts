import { type Amf, decodeAmf0, encodeAmf0, MalformedError } from "@sluice/media";
import { type Message, MessageType } from "./message.ts";

/** A command: its name, its transaction (0 wants no answer), its command object, and what follows (RTMP 1.0, 7.2). */
export type Command = {
  readonly name: string;
  readonly transaction: number;
  readonly object: Amf;
  readonly args: readonly Amf[];
  readonly streamId: number;
};

const amf0String = 2;

/** Reads a command message of type 20 or 17. Throws `rtmp/command` for one without a name, and what AMF throws. */
export function decodeCommand({ type, streamId, body }: Message): Command {
  const [name, transaction, object, ...args] = decodeAmf0(amf0Of(type, body), { lenient: true });
  if (typeof name !== "string") throw new MalformedError("rtmp/command", "a command without a name");
  return { name, transaction: typeof transaction === "number" ? transaction : 0, object, args, streamId };
}

/** A command message in AMF0. */
export function encodeCommand(
  streamId: number,
  name: string,
  transaction: number,
  object: Amf,
  ...args: Amf[]
): Message {
  return { type: MessageType.command, streamId, timestampMs: 0, body: encodeAmf0(name, transaction, object, ...args) };
}

/** Type 17 has a byte before its values that says they are AMF0; some peers leave it out. */
function amf0Of(type: number, body: Uint8Array): Uint8Array {
  return type === MessageType.commandAmf3 && body[0] !== amf0String ? body.subarray(1) : body;
}

/** The value as text, if it is text. */
export function text(value: Amf | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value as a number, if it is a number that can be reckoned with. */
export function number(value: Amf | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
