export type ToldEvent = { readonly id: string; readonly kind: string; readonly data: string };

/** The events in a `text/event-stream` (HTML, 9.2.6), as far as the API writes them; ends with the answer, or when the signal says so. */
export async function* serverEvents(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<ToldEvent> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const piece of bytes) {
      text += decoder.decode(piece, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = eventOf(block);
        if (event) yield event;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Comments and what only sets the time to wait are no events. */
function eventOf(block: string): ToldEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const [, name = "", value = ""] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name !== "") fields.set(name, value);
  }
  const data = fields.get("data");
  return data === undefined ? undefined : { id: fields.get("id") ?? "", kind: fields.get("event") ?? "", data };
}
