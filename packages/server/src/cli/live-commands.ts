import { Argument, type Command } from "commander";
import { completion, type Shell, shells } from "./completion.ts";
import type { SessionChoice, StreamChoice } from "./live.ts";
import type { CommandHost } from "./operator-commands.ts";
import { say } from "./output.ts";

type Live = typeof import("./live.ts");
type Config = typeof import("./config.ts");

/** The commands that show what is live, follow it, and change the configuration of the running server. */
export function addLiveCommands(program: Command, { configFile, exit }: CommandHost): void {
  const live =
    <T extends unknown[]>(command: (live: Live, file: string, ...given: T) => Promise<number>) =>
    async (...given: T) =>
      exit(await command(await import("./live.ts"), configFile(), ...given));

  program
    .command("streams")
    .description("list the streams")
    .option("--app <app>", "only this app's")
    .action(live((on, file, choice: StreamChoice) => on.listStreams(file, choice)));
  program
    .command("sessions")
    .description("list who publishes and who watches")
    .option("--stream <stream>", "only those of APP/NAME")
    .option("--role <role>", "publisher or viewer")
    .option("--protocol <protocol>", "rtmp, http-flv, hls …")
    .action(live((on, file, choice: SessionChoice) => on.listSessions(file, choice)));
  const stream = program.command("stream").description("one stream");
  stream
    .command("show <stream>")
    .description("what APP/NAME carries, how its publisher does, and its qualities")
    .action(live((on, file, path: string) => on.showStream(file, path)));
  stream
    .command("end <stream>")
    .description("end APP/NAME, for its publisher and for everyone who watches")
    .action(live((on, file, path: string) => on.endStream(file, path)));
  program
    .command("node")
    .description("how the server does: load, memory, how promptly it acts")
    .action(live((on, file) => on.showNode(file)));
  program
    .command("events")
    .description("what happens, as it happens, until interrupted")
    .option("--kinds <kinds>", "only these, with commas between them")
    .action(live((on, file, { kinds }: { kinds?: string }) => on.followEvents(file, kinds, interrupted())));
  addConfig(program, { configFile, exit });
  program
    .command("completion")
    .description('a script that completes commands: eval "$(sluice completion bash)"')
    .addArgument(new Argument("<shell>").choices([...shells]))
    .action((shell: Shell) => say(completion(program, shell)));
}

function addConfig(program: Command, { configFile, exit }: CommandHost): void {
  const run =
    <T extends unknown[]>(command: (config: Config, file: string, ...given: T) => Promise<number>) =>
    async (...given: T) =>
      exit(await command(await import("./config.ts"), configFile(), ...given));
  const config = program.command("config").description("the configuration of the running server");
  config
    .command("get [key]")
    .description("the file without its secrets, or what a key such as apps.live.hold is now")
    .action(run((on, file, key: string | undefined) => on.getConfig(file, key)));
  config
    .command("check <file>")
    .description("whether a file could be the configuration")
    .action(run((on, file, from: string) => on.judgeConfig(file, from, "problems")));
  config
    .command("diff <file>")
    .description("what would differ with a file, and what of it waits for the next start")
    .action(run((on, file, from: string) => on.judgeConfig(file, from, "differences")));
  config
    .command("apply <file>")
    .description("make a file the configuration")
    .action(run((on, file, from: string) => on.applyConfig(file, from)));
  config
    .command("set <key> <value>")
    .description("set one key; the value is written as in the file")
    .action(run((on, file, key: string, value: string) => on.setConfig(file, key, value)));
  config
    .command("unset <key>")
    .description("take one key out of the file: it has its default again")
    .action(run((on, file, key: string) => on.setConfig(file, key)));
  config
    .command("versions")
    .description("what the file was before changes that were made with these commands or the console")
    .action(run((on, file) => on.listVersions(file)));
  config
    .command("rollback <revision>")
    .description("make an earlier file the configuration again")
    .action(run((on, file, revision: string) => on.rollBack(file, revision)));
}

function interrupted(): AbortSignal {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interruption.abort());
  return interruption.signal;
}
