import { useTheme } from "../theme.ts";
import { Icon } from "./icon.tsx";

const names = { auto: "as the system", light: "light", dark: "dark" } as const;

/** Goes from the system's look to light, to dark and back. */
export function ThemeButton() {
  const [theme, turn] = useTheme();
  const name = `Look: ${names[theme]}`;
  return (
    <button type="button" class="quiet icon" onClick={turn} aria-label={name} title={name}>
      <Icon name={theme} />
    </button>
  );
}
