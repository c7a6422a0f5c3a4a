import { Command, CommanderError } from "commander";
import { addDrainCommands } from "./cli/drain-commands.ts";
import { exits } from "./cli/exits.ts";
import type { ImportOptions } from "./cli/import.ts";
import { addLiveCommands } from "./cli/live-commands.ts";
import { addOperatorCommands } from "./cli/operator-commands.ts";
import { addRelayCommands } from "./cli/relay-commands.ts";
import { version } from "./core/version.ts";

/** Runs the command line; resolves to the exit code when the command is over. */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command("sluice")
    .description("A live media server with RTMP at its heart.")
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(sluice --help says what there is)")
    .option("-c, --config <file>", "the configuration file (default: $SLUICE_CONFIG, or ./sluice.yaml)")
    .option("--json", "JSON for programs instead of tables for people (default: $SLUICE_OUTPUT)")
    .hook("preAction", () => {
      if (program.opts<{ json?: boolean }>().json) process.env.SLUICE_OUTPUT = "json";
    })
    .exitOverride()
    .addHelpText("after", examples("sluice", "sluice serve --config /etc/sluice.yaml", "sluice check"));
  const configFile = () => program.opts<{ config?: string }>().config ?? (process.env.SLUICE_CONFIG || "sluice.yaml");

  // Each command is loaded when it runs: nobody waits for what is not asked for.
  program
    .command("serve", { isDefault: true })
    .description("start the server; where there is no configuration file, make one")
    .addHelpText("after", examples("sluice serve", "SLUICE_RTMP_PORT=1940 sluice serve"))
    .action(async () => {
      const { serve } = await import("./cli/serve.ts");
      code = await serve(configFile());
    });
  program
    .command("check")
    .description("say what is wrong with the configuration, without starting")
    .addHelpText("after", examples("sluice check --config new.yaml"))
    .action(async () => {
      const { check } = await import("./cli/check.ts");
      code = await check(configFile());
    });
  program
    .command("password")
    .description("make a console password, and the hash of it for the configuration")
    .addHelpText("after", examples("sluice password"))
    .action(async () => {
      const { password } = await import("./cli/password.ts");
      code = await password();
    });
  program
    .command("import <file>")
    .description("make a configuration from one of nginx-rtmp, SRS, MediaMTX or Node-Media-Server")
    .option("--from <server>", "nginx, srs, mediamtx or node-media-server; without it, found out")
    .option("-o, --output <file>", "where to write it, a new file; without it, standard output")
    .option("--strict", "exit with 2 when something has no counterpart here")
    .addHelpText(
      "after",
      examples("sluice import /etc/nginx/nginx.conf", "sluice import srs.conf --output sluice.yaml"),
    )
    .action(async (file: string, options: ImportOptions) => {
      const { importFrom } = await import("./cli/import.ts");
      code = await importFrom(file, options);
    });
  const exit = (made: number) => {
    code = made;
  };
  addLiveCommands(program, { configFile, exit });
  addOperatorCommands(program, { configFile, exit });
  addDrainCommands(program, { configFile, exit });
  addRelayCommands(program, { configFile, exit });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === exits.done ? exits.done : exits.usage;
  }
}

function examples(...lines: string[]): string {
  return `\n${lines.length > 1 ? "Examples" : "Example"}:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
