import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./peers.ts";

type User = { readonly uid?: number; readonly gid?: number };

/** A PostgreSQL of a test's own, on a socket in its own folder. */
export type Postgres = {
  /** Makes an empty database and gives its address. */
  database(): string;
  /** Runs a statement in the database at an address, and gives what it answers. */
  query(address: string, statement: string): string;
  /** Begins a transaction that goes on until its connection is cut. */
  hold(address: string, statement: string): void;
  start(): Promise<void>;
  /** Ends it as an operator does: connections are cut. */
  stop(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
};

/** Where Debian puts PostgreSQL's programs, of the newest version that is there. */
export const postgresPrograms: string | undefined = globSync("/usr/lib/postgresql/*/bin")
  .filter((folder) => ["initdb", "postgres", "psql"].every((program) => existsSync(join(folder, program))))
  .sort()
  .at(-1);

/** Makes a PostgreSQL server and starts it. It ends with this process, whatever happens. */
export async function startPostgres(programs: string): Promise<Postgres> {
  const user = notRoot();
  const folder = mkdtempSync(join(tmpdir(), "sluice-pg-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const address = (name: string) => `postgres:///${name}?host=${encodeURIComponent(folder)}&user=sluice`;
  const call = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(join(programs, program), args, {
      ...user,
      cwd: folder,
      encoding: "utf8",
      timeout: 60_000,
    });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
    return stdout.trim();
  };
  const query = (where: string, statement: string) => call("psql", "-XAtq", "-d", where, "-c", statement);

  call("initdb", "-D", data, "-U", "sluice", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync");
  const start = async () => {
    const settings = ["-c", "listen_addresses=", "-c", `unix_socket_directories=${folder}`, "-c", "fsync=off"];
    // It goes down at once, with all its processes, also when this one is killed.
    const become = [
      "--pdeathsig",
      "QUIT",
      ...(user.uid ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"] : []),
    ];
    const line = [...become, join(programs, "postgres"), "-D", data, ...settings];
    running = spawn("setpriv", line, { cwd: folder, stdio: "ignore" });
    process.on("exit", kill);
    await until(() => isUp(() => query(address("postgres"), "select 1")), "PostgreSQL is up");
  };
  let running: ChildProcess | undefined;
  const kill = () => void running?.kill("SIGQUIT");
  const stop = async () => {
    const ending = running;
    running = undefined;
    process.removeListener("exit", kill);
    if (!ending || ending.exitCode !== null) return;
    ending.kill("SIGINT");
    await once(ending, "exit");
  };
  let made = 0;
  await start();
  return {
    database: () => {
      const name = `records${made++}`;
      query(address("postgres"), `create database ${name}`);
      return address(name);
    },
    query,
    hold: (where, statement) => {
      const script = `begin; ${statement}; select pg_sleep(600)`;
      spawn(join(programs, "psql"), ["-XAtq", "-d", where, "-c", script], { ...user, cwd: folder, stdio: "ignore" });
    },
    start,
    stop,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function notRoot(): User {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const fields = (
    users.find((line) => line.startsWith("postgres:")) ?? users.find((line) => line.startsWith("nobody:"))
  )?.split(":");
  if (!fields) throw new Error("there is no user that PostgreSQL could run as");
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

function isUp(ask: () => unknown): boolean {
  try {
    ask();
    return true;
  } catch {
    return false;
  }
}
