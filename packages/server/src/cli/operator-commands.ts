import type { Command } from "commander";
import type { Options } from "./operate.ts";

/** How the program runs a command: with the configuration's file, and what to do with the exit code. */
export type CommandHost = { readonly configFile: () => string; exit(code: number): void };

type Operate = typeof import("./operate.ts");

/** The commands that ask the running server over its API. */
export function addOperatorCommands(program: Command, { configFile, exit }: CommandHost): void {
  // Loaded when one of them runs.
  const run =
    <T extends unknown[]>(command: (operate: Operate, file: string, ...given: T) => Promise<number>) =>
    async (...given: T) =>
      exit(await command(await import("./operate.ts"), configFile(), ...given));

  program
    .command("kick <session>")
    .description("end a session")
    .action(run((on, file, session: string) => on.kick(file, session)));
  program
    .command("audit")
    .description("what was changed by whom")
    .action(run((on, file) => on.audit(file)));
  program
    .command("sign <stream>")
    .description("sign an address of APP/NAME: what to append behind the ?")
    .option("--action <action>", "publish or play", "play")
    .option("--expires <duration>", "how long it holds", "1h")
    .option("--address <ip>", "from where alone it holds")
    .action(run((on, file, stream: string, options: Options) => on.make(file, "address", stream, options)));
  addKeys(program, run);
  addTokens(program, run);
  addBans(program, run);
  addAccounts(program, run);
  addHooks(program, { configFile, exit });
}

type Run = <T extends unknown[]>(
  command: (operate: Operate, file: string, ...given: T) => Promise<number>,
) => (...given: T) => Promise<void>;

function addKeys(program: Command, run: Run): void {
  const key = program.command("key").description("stream keys");
  key.command("list").action(run((on, file) => on.listKeys(file)));
  key
    .command("create <stream>")
    .description("a key for APP/NAME; * in NAME stands for any letters")
    .option("--label <text>", "what it is for")
    .option("--user <name>", "for encoders that know only a user and a password: the key is the password")
    .option("--expires <duration>", "how long it holds; without it, for good")
    .action(run((on, file, stream: string, options: Options) => on.createKey(file, stream, options)));
  for (const how of ["rotate", "disable", "enable", "remove"] as const)
    key.command(`${how} <id>`).action(run((on, file, id: string) => on.changeKey(file, id, how)));
}

function addTokens(program: Command, run: Run): void {
  const token = program.command("token").description("tokens (JWT) for publishing and watching");
  token
    .command("create <stream>")
    .description("a token for APP/NAME, signed with apps.APP.access.jwt.secret")
    .option("--action <action>", "publish or play", "play")
    .option("--expires <duration>", "how long it holds", "1h")
    .option("--sessions <number>", "how many may use it at once")
    .option("--address <ip>", "from where alone it holds")
    .action(run((on, file, stream: string, options: Options) => on.make(file, "token", stream, options)));
  token
    .command("revoke <token>")
    .description("revoke a token, a signature, or a right that `sluice sessions` names; its sessions end")
    .option("--reason <text>", "for the list of revoked rights")
    .action(run((on, file, shown: string, options: Options) => on.revoke(file, shown, options)));
}

function addBans(program: Command, run: Run): void {
  const ban = program.command("ban").description("addresses and networks that are kept out");
  ban.command("list").action(run((on, file) => on.listBans(file)));
  ban
    .command("add <address>")
    .option("--reason <text>", "why")
    .option("--expires <duration>", "for how long; without it, for good")
    .action(run((on, file, address: string, options: Options) => on.ban(file, address, options)));
  ban.command("remove <id>").action(run((on, file, id: string) => on.unban(file, id)));
}

function addAccounts(program: Command, run: Run): void {
  const account = program.command("account").description("accounts for the console and the API");
  account.command("list").action(run((on, file) => on.listAccounts(file)));
  account
    .command("create <name>")
    .description("the password is read from standard input")
    .option("--role <role>", "viewer, operator or owner", "operator")
    .action(run((on, file, name: string, options: Options) => on.createAccount(file, name, options)));
}

function addHooks(program: Command, { configFile, exit }: CommandHost): void {
  const run =
    <T extends unknown[]>(command: (on: typeof import("./hooks.ts"), file: string, ...given: T) => Promise<number>) =>
    async (...given: T) =>
      exit(await command(await import("./hooks.ts"), configFile(), ...given));

  const hooks = program.command("hooks").description("who is told over HTTP what happens (webhooks)");
  hooks
    .command("list")
    .description("how each does")
    .action(run((on, file) => on.listHooks(file)));
  hooks
    .command("test <index>")
    .description("send a test event to one, by its place in the list")
    .action(run((on, file, index: string) => on.testHook(file, index)));
  hooks
    .command("dead")
    .description("events that could not be delivered")
    .action(run((on, file) => on.listDead(file)));
  for (const how of ["replay", "discard"] as const)
    hooks
      .command(`${how} <id>`)
      .description(how === "replay" ? "send one of them again" : "forget one of them")
      .action(run((on, file, id: string) => on.changeDead(file, id, how)));
}
