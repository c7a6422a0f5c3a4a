import { useEffect, useState } from "preact/hooks";

export type Theme = "auto" | "light" | "dark";

const kept = "sluice-theme";
const order: readonly Theme[] = ["auto", "light", "dark"];
const listeners = new Set<() => void>();

/** Which look somebody chose before; what their machine prefers otherwise. Called before anything is drawn, so nothing flashes. */
export function applyTheme(theme: Theme = chosen()): void {
  document.documentElement.dataset.theme = theme;
  for (const tell of listeners) tell();
}

export function useTheme(): readonly [Theme, () => void] {
  const [theme, setTheme] = useState(chosen);
  const turn = () => {
    const next = order[(order.indexOf(theme) + 1) % order.length] ?? "auto";
    keep(next);
    setTheme(next);
    applyTheme(next);
  };
  return [theme, turn];
}

/** A number that changes with the look: for what is painted and not styled. */
export function useLook(): number {
  const [look, setLook] = useState(0);
  useEffect(() => {
    const next = () => setLook((before) => before + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    listeners.add(next);
    system.addEventListener("change", next);
    return () => {
      listeners.delete(next);
      system.removeEventListener("change", next);
    };
  }, []);
  return look;
}

function chosen(): Theme {
  try {
    return order.find((each) => each === localStorage.getItem(kept)) ?? "auto";
  } catch {
    return "auto"; // a browser that lets pages keep nothing
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(kept, theme);
  } catch {
    // It holds until the page is closed.
  }
}
