import type { Events } from "../../core/events.ts";
import type { Log } from "../../core/log.ts";
import type { MakingState } from "../../core/making.ts";
import type { Eased } from "./easing.ts";

/** Who is told of what becomes of a stream's qualities. */
export type Told = { readonly stream: string; readonly events: Events; readonly log: Log };

/** What goes as it should. */
const usual: ReadonlySet<string> = new Set(["running", "planned", "starting", "resumed"]);

/** Tells of a change, as an event and in the log. */
export function say({ stream, events, log }: Told, state: MakingState | "eased" | "resumed", reason: string): void {
  events.emit({ kind: "transcoder", stream, state, reason });
  const fields = { stream, state, ...(reason === "" ? {} : { reason }) };
  if (usual.has(state)) log.info(fields, "transcoder");
  else log.warn(fields, "transcoder");
}

/** Tells that pictures are left out: often, where a machine has too much to do, so the log has it for those who look closely. */
export function sayDropped({ stream, events, log }: Told, reason: string): void {
  const text = `${reason}: pictures are left out up to a keyframe`;
  events.emit({ kind: "transcoder", stream, state: "dropped", reason: text });
  log.debug({ stream, reason: text }, "transcoder");
}

/** What is made at a step, in words. */
export function described(step: Eased | undefined): string {
  const { rungs = [], presets = [], leftOut = [] } = step ?? {};
  const made = rungs.map(({ name }, index) => `${name} (${presets[index] ?? presets.at(-1)})`).join(", ");
  return leftOut.length === 0 ? `it makes ${made}` : `it makes ${made}, without ${leftOut.join(", ")}`;
}
