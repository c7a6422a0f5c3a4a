import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { Command } from "commander";
import { completion } from "./completion.ts";

function program(): Command {
  const made = new Command("sluice").option("-c, --config <file>", "the file");
  const stream = made.command("stream");
  stream.command("show <stream>");
  stream.command("end <stream>").option("--now", "at once");
  made.command("streams");
  return made;
}

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const script = `${completion(program(), "bash")}
COMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _sluice; echo "\${COMPREPLY[@]}"`;
  return spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" }).stdout.trim().split(" ");
}

test("a shell completes commands, their commands and their options", { skip: process.platform === "win32" }, () => {
  assert.deepEqual(offered("sluice", "str"), ["stream", "streams"]);
  assert.deepEqual(offered("sluice", "--config", "x.yaml", "stream", ""), ["show", "end", "--help"]);
  assert.deepEqual(offered("sluice", "stream", "end", "live/cam", "--n"), ["--now"]);
});

test("zsh and fish have scripts of the same commands", () => {
  assert.match(completion(program(), "zsh"), /^autoload -U \+X bashcompinit/);
  assert.match(
    completion(program(), "fish"),
    /complete -c sluice -n 'test "\$\(__sluice_place\)" = " stream"' -a 'show end --help'/,
  );
});
