import type { Records } from "./index.ts";

type Call = (...args: readonly unknown[]) => Promise<unknown>;
type Repository = Readonly<Record<string, Call>>;

const repositories = ["accounts", "streamKeys", "apiTokens", "revocations", "bans", "audit", "deadLetters"] as const;

/**
 * Records that are opened by the first call, because most servers keep nothing in them: a configuration and one key are enough. `isOpen` tells whether that has happened.
 */
export function later(open: () => Promise<Records>): { readonly records: Records; readonly isOpen: () => boolean } {
  let opened: Promise<Records> | undefined;
  const get = () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined; // the next call tries anew
      throw error;
    });
    return opened;
  };
  const repository = (name: (typeof repositories)[number]) =>
    new Proxy({} as Repository, {
      get:
        (_, method) =>
        async (...args: readonly unknown[]) =>
          ((await get())[name] as unknown as Repository)[String(method)]?.(...args),
    });
  const close = async () => (await opened?.catch(() => undefined))?.close();
  const made = Object.fromEntries(repositories.map((name) => [name, repository(name)]));
  return { records: { ...made, close } as unknown as Records, isOpen: () => opened !== undefined };
}
