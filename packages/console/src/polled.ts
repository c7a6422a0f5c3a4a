import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export type Polled<Answer> = {
  readonly value: Answer | undefined;
  readonly error: Error | undefined;
  /** Asks at once, and not only when its time has come. */
  readonly again: () => void;
};

/** Asks when the page opens and then every so often, and never while nobody looks. `everyMs` 0: once. */
export function usePolled<Answer>(ask: () => Promise<Answer>, key: string, everyMs = 0): Polled<Answer> {
  const [state, setState] = useState<{ key: string; value?: Answer; error?: Error }>({ key });
  const asked = useRef(ask);
  asked.current = ask;
  const now = useRef(() => {});
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    let asking = false;
    let wanted = false;
    const run = async () => {
      if (asking) {
        wanted = true;
        return;
      }
      asking = true;
      clearTimeout(timer);
      await asked.current().then(
        (value) => stopped || setState({ key, value }),
        (error: Error) => stopped || setState((before) => ({ ...before, key, error })),
      );
      asking = false;
      if (stopped) return;
      if (wanted) {
        wanted = false;
        void run();
      } else if (everyMs > 0 && !document.hidden) timer = setTimeout(() => void run(), everyMs);
    };
    const look = () => {
      if (!document.hidden && everyMs > 0) void run();
    };
    now.current = () => void run();
    document.addEventListener("visibilitychange", look);
    void run();
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [key, everyMs]);
  const again = useCallback(() => now.current(), []);
  const isFresh = state.key === key;
  return { value: isFresh ? state.value : undefined, error: isFresh ? state.error : undefined, again };
}
