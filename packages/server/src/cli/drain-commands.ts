import type { Command } from "commander";
import type { DrainOptions, ReconnectOptions } from "./drain.ts";
import type { CommandHost } from "./operator-commands.ts";

/** The commands that move clients to another server. */
export function addDrainCommands(program: Command, { configFile, exit }: CommandHost): void {
  const to = "where they are sent, such as rtmp://other.example; without it, to where they are";
  const reason = "why, for whoever runs the client";
  program
    .command("reconnect <what>")
    .description("ask the client of a session, or those of APP/NAME, to connect anew")
    .option("--to <url>", to)
    .option("--reason <text>", reason)
    .option("--grace <duration>", "how long whoever stays is served (a minute)")
    .option("--role <role>", "of a stream, only its publisher, or only its viewers")
    .action(async (what: string, options: ReconnectOptions) => {
      const { reconnect } = await import("./drain.ts");
      exit(await reconnect(configFile(), what, options));
    });
  program
    .command("drain")
    .description("empty the server: let nobody in, and ask who can to go elsewhere")
    .option("--to <url>", to)
    .option("--reason <text>", reason)
    .option("--grace <duration>", "how long whoever stays is served (5 minutes)")
    .option("--wait", "until nobody is left")
    .option("--status", "say how far it is, and change nothing")
    .option("--undo", "take sessions again")
    .action(async (options: DrainOptions) => {
      const { drain } = await import("./drain.ts");
      exit(await drain(configFile(), options));
    });
}
