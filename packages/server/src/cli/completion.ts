import type { Command } from "commander";

/** The shells that commands can be completed in. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A command by the words that lead to it, and the words that may follow. */
type Place = { readonly path: string; readonly words: readonly string[] };

/** A script that lets the shell complete every command and option that there is. */
export function completion(program: Command, shell: Shell): string {
  const places = placesOf(program, "");
  switch (shell) {
    case "bash":
      return bash(places);
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(places)}`;
    case "fish":
      return fish(places);
  }
}

function placesOf(command: Command, path: string): Place[] {
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const own = { path, words: [...command.commands.map((each) => each.name()), ...options, "--help"] };
  return [own, ...command.commands.flatMap((each) => placesOf(each, `${path} ${each.name()}`))];
}

function bash(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`);
  return `_sluice() {
  local place="" index words
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$place \${COMP_WORDS[index]}" in
      ${known.join("|")}) place="$place \${COMP_WORDS[index]}" ;;
    esac
  done
  case "$place" in
${places.map(({ path, words }) => `    "${path}") words="${words.join(" ")}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sluice sluice`;
}

function fish(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`);
  const lines = places.map(
    ({ path, words }) => `complete -c sluice -n 'test "$(__sluice_place)" = "${path}"' -a '${words.join(" ")}'`,
  );
  return `function __sluice_place
  set -l place ""
  for word in (commandline -opc)[2..-1]
    if contains -- "$place $word" ${known.join(" ")}
      set place "$place $word"
    end
  end
  echo "$place"
end
${lines.join("\n")}`;
}
