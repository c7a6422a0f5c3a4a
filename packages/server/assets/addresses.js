/** Adds an address to a list, with a button that copies it. */
export function addAddress(list, name, address) {
  const term = document.createElement("dt");
  const value = document.createElement("dd");
  const code = document.createElement("code");
  const button = document.createElement("button");
  term.textContent = name;
  code.textContent = address;
  button.type = "button";
  button.className = "quiet";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy the address for ${name}`);
  button.addEventListener("click", async () => {
    button.textContent = (await copy(code)) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2_000);
  });
  value.append(code, button);
  list.append(term, value);
}

/** The clipboard is closed to pages that came over plain HTTP from another machine: there the old way works, or at least selects the text. */
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}

/** `rtmp://host` with the port that the server listens on, and whether publishing needs a key. */
export async function serverFacts() {
  const facts = await fetch("/assets/server.json").then((answer) => answer.json());
  const port = facts.rtmpPort === 1935 ? "" : `:${facts.rtmpPort}`;
  return { rtmp: `rtmp://${location.hostname}${port}`, keyNeeded: facts.keyNeeded };
}
