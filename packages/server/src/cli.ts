import { Command } from "commander";
import { check } from "./cli/check.ts";
import { serve } from "./cli/serve.ts";
import { version } from "./version.ts";

/** Runs the command line; resolves to the exit code when the command is over. */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command("sluice")
    .description("A live media server with RTMP at its heart.")
    .version(version)
    .addHelpText(
      "after",
      "\nExamples:\n  sluice                          starts the server; makes sluice.yaml when there is none\n  sluice check --config my.yaml   says what is wrong with a configuration",
    );
  const withConfig = (command: Command) => {
    return command.option(
      "-c, --config <file>",
      "the configuration file",
      process.env["SLUICE_CONFIG"] ?? "sluice.yaml",
    );
  };
  withConfig(program.command("serve", { isDefault: true }).description("start the server")).action(
    async ({ config }: { config: string }) => {
      code = await serve(config);
    },
  );
  withConfig(program.command("check").description("check a configuration without starting")).action(
    async ({ config }: { config: string }) => {
      code = await check(config);
    },
  );
  await program.parseAsync([...argv], { from: "user" });
  return code;
}
