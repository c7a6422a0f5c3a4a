import { type ComponentChildren, createContext } from "preact";
import { useCallback, useContext, useRef, useState } from "preact/hooks";
import { ApiError } from "../api.ts";

type Said = { readonly text: string; readonly bad: boolean };
type Announce = {
  /** Says in one sentence what was done. */
  readonly say: (text: string) => void;
  /** Does something, says what was done, or why it was not, in the API's own words. */
  readonly attempt: (work: () => Promise<unknown>, done: string) => Promise<boolean>;
};

const AnnounceContext = createContext<Announce>({ say: () => {}, attempt: async () => false });
const shownMs = 8_000;

export function useAnnounce(): Announce {
  return useContext(AnnounceContext);
}

/** One line at the bottom of the page, which screen readers speak. */
export function Announcer({ children }: { readonly children: ComponentChildren }) {
  const [said, setSaid] = useState<Said>();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const show = useCallback((next: Said) => {
    clearTimeout(timer.current);
    setSaid(next);
    timer.current = setTimeout(() => setSaid(undefined), shownMs);
  }, []);
  const say = useCallback((text: string) => show({ text, bad: false }), [show]);
  const attempt = useCallback(
    async (work: () => Promise<unknown>, done: string) => {
      try {
        await work();
        say(done);
        return true;
      } catch (error) {
        show({ text: problemText(error), bad: true });
        return false;
      }
    },
    [say, show],
  );
  const announce = useRef({ say, attempt });
  return (
    <AnnounceContext.Provider value={announce.current}>
      {children}
      <div class="said" role="status" aria-live="polite">
        {said ? <p class={said.bad ? "bad" : ""}>{said.text}</p> : null}
      </div>
    </AnnounceContext.Provider>
  );
}

export function problemText(error: unknown): string {
  if (error instanceof ApiError && error.status > 0) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}
