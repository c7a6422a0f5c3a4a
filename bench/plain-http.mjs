import { readFileSync } from "node:fs";
import { createServer } from "node:http";

/**
 * What node:http takes for the least that a server can do: one answer, the same to all.
 *   node bench/plain-http.mjs PORT FILE
 */
const [port, file] = process.argv.slice(2);
const bytes = readFileSync(file);
createServer({ noDelay: true }, (_request, response) => {
  response.writeHead(200, { "content-type": "video/mp4", "content-length": bytes.length });
  response.end(bytes);
}).listen(Number(port), "127.0.0.1");
