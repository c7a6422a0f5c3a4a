import type { ComponentChildren } from "preact";
import { problemText } from "./announce.tsx";

/** What a page shows where it has nothing else. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** Why something could not be had, where it would stand. */
export function Failure({ error }: { readonly error: Error | undefined }) {
  return error ? (
    <p class="note" role="alert">
      {problemText(error)}
    </p>
  ) : null;
}
