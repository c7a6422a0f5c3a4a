import type { Me } from "@sluice/api";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { may } from "./me.ts";
import { sections } from "./pages/index.tsx";
import { ThemeButton } from "./parts/theme-button.tsx";
import { addressOf, type Route } from "./route.ts";

type ShellProps = {
  readonly route: Route;
  readonly me: Me;
  readonly onSignOut: () => void;
  readonly children: ComponentChildren;
};

/** What stands around every page: where one can go, who one is, and the look. */
export function Shell({ route, me, onSignOut, children }: ShellProps) {
  const main = useRef<HTMLElement>(null);
  const place = `${route.page}/${route.rest}`;
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    // Whoever uses a keyboard or a screen reader goes on at the top of the new page.
    main.current?.focus();
    scrollTo(0, 0);
  }, [place]);
  const shown = sections.filter(({ role }) => may(me.role, role));
  const current = route.page === "streams" ? "live" : route.page;
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <header class="top">
        <a class="brand" href={addressOf("live")}>
          <img src="/assets/icon.svg" alt="" />
          Sluice
        </a>
        <nav aria-label="Console">
          <ul>
            {shown.map(({ page, title }) => (
              <li key={page}>
                <a href={addressOf(page)} aria-current={page === current ? "page" : undefined}>
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="who">
          <ThemeButton />
          <a
            class="name"
            href={addressOf("me")}
            aria-current={current === "me" ? "page" : undefined}
            aria-label={`Your account: ${me.name}, ${me.role}`}
          >
            {me.name} {me.name === me.role ? null : <small>{me.role}</small>}
          </a>
          <button type="button" class="quiet" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
