/** How long a connection may stay without a request: told with every answer. */
export const keepAliveSeconds = 15;

/** Names and values, one behind the other. */
export type Fields = readonly (string | number)[];

/** The head of an answer with 200, as node writes it, on a connection that stays. */
export function wholeHead(fields: Fields, at: number): Buffer {
  let text = "HTTP/1.1 200 OK\r\n";
  for (let index = 0; index < fields.length; index += 2) text += `${fields[index]}: ${fields[index + 1]}\r\n`;
  return Buffer.from(text + keptAlive(at), "latin1");
}

/** The last lines of an answer's head, as node writes them, on a connection that stays. */
export function keptAlive(at: number): string {
  return `Date: ${dateText(at)}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}\r\n\r\n`;
}

/** Made once in a second. */
function dateText(at: number): string {
  const second = Math.floor(at / 1000);
  if (second !== date.second) date = { second, text: new Date(at).toUTCString() };
  return date.text;
}

let date = { second: -1, text: "" };
