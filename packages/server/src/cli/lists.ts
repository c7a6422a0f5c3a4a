import type { Page } from "@sluice/api";

const pieceLength = 500;

/** A list, however long it is; who waits at a terminal sees how far it is. `ask` brings the piece behind a place. */
export async function whole<Item>(
  ask: (piece: { readonly limit: number; readonly after: string | undefined }) => Promise<Page<Item>>,
  what: string,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = await ask({ limit: pieceLength, after });
    found.push(...items);
    const isOver = next === undefined;
    if (!isOver || after !== undefined) showProgress(isOver ? "" : `${found.length} ${what}…`);
    if (isOver) return found;
    after = next;
  }
}

/** Takes the place of what it said before. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
