import { useRef, useState } from "preact/hooks";
import { useAnnounce } from "./announce.tsx";

const shownMs = 2_000;

/** Text to take along, with a button that copies it. */
export function Copy({ name, text }: { readonly name: string; readonly text: string }) {
  const code = useRef<HTMLElement>(null);
  const [state, setState] = useState("Copy");
  const { say } = useAnnounce();
  const take = async () => {
    const isDone = await copied(code.current, text);
    setState(isDone ? "Copied" : "Press Ctrl+C");
    say(isDone ? `Copied: ${name}.` : "The browser does not let the page copy: it is selected, press Ctrl+C.");
    setTimeout(() => setState("Copy"), shownMs);
  };
  return (
    <div class="copy">
      <code ref={code}>{text}</code>
      <button type="button" class="quiet" aria-label={`Copy ${name}`} onClick={() => void take()}>
        {state}
      </button>
    </div>
  );
}

/** The clipboard is closed to pages that came over plain HTTP from another machine: there the old way works, or at least selects the text. */
async function copied(element: HTMLElement | null, text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (element) getSelection()?.selectAllChildren(element);
    return document.execCommand("copy");
  }
}
