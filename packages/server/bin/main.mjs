// What sluice.mjs becomes once the right Node runs.
import { serveFirst } from "./threads.mjs";

// That it has few heaps is for this process: programs that it starts, such as FFmpeg, work in many threads.
if (process.env.MALLOC_ARENA_MAX === "2") delete process.env.MALLOC_ARENA_MAX;
serveFirst();
const { main } = await import("../dist/bundle/cli.js");
process.exitCode = await main(process.argv.slice(2));
