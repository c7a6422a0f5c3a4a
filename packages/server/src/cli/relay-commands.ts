import type { Command } from "commander";
import type { CommandHost } from "./operator-commands.ts";
import type { PushOptions } from "./relay.ts";

/** The commands that send streams to other servers. */
export function addRelayCommands(program: Command, { configFile, exit }: CommandHost): void {
  const run =
    <T extends unknown[]>(command: (on: typeof import("./relay.ts"), file: string, ...given: T) => Promise<number>) =>
    async (...given: T) =>
      exit(await command(await import("./relay.ts"), configFile(), ...given));

  const push = program.command("push").description("streams that are sent to other servers");
  push
    .command("list")
    .description("where streams are sent, and how that does")
    .action(run((on, file) => on.listPushes(file)));
  push
    .command("start <stream> <url>")
    .description("send APP/NAME to another server whenever it is live, until that is stopped or the server is")
    .option("--key", "read the stream's name or key there from standard input; the address ends with the app then")
    .option("--rendition <name>", "the quality that is sent, such as 720p")
    .option("--private", "the address may lead to this machine or into a private network")
    .option("--any-certificate", "do not check the other server's certificate")
    .option("--any-codec", "send codecs too that the other server has not announced")
    .action(
      run((on, file, stream: string, url: string, options: PushOptions) => on.startPush(file, stream, url, options)),
    );
  push
    .command("stop <id>")
    .description("send it there no more")
    .action(run((on, file, id: string) => on.stopPush(file, id)));
  program
    .command("pulls")
    .description("streams that come from other servers, and how that does")
    .action(run((on, file) => on.listPulls(file)));
}
