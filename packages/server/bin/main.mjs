// What sluice.mjs becomes once the right Node runs.
const { main } = await import("../dist/bundle/cli.js");
process.exitCode = await main(process.argv.slice(2));
