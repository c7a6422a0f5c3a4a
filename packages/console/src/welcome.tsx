import type { Me } from "@sluice/api";
import { useState } from "preact/hooks";
import { signIn } from "./api.ts";
import { watchPath } from "./live/watch-path.ts";
import { Field } from "./parts/field.tsx";
import { ThemeButton } from "./parts/theme-button.tsx";

const lost = "There is nothing at this address. Which stream do you look for?";
const badName = "A stream's name is app/name, of letters, digits and . _ ~ - only, such as live/test.";

/** For who is not signed in: watch a stream, or sign in. */
export function Welcome({ onSignedIn }: { readonly onSignedIn: (me: Me) => void }) {
  return (
    <>
      <header class="top">
        <a class="brand" href="/">
          <img src="/assets/icon.svg" alt="" />
          Sluice
        </a>
        <h1>live media server</h1>
        <div class="who">
          <ThemeButton />
        </div>
      </header>
      <main id="main" class="welcome">
        <Watch />
        <SignIn onSignedIn={onSignedIn} />
      </main>
    </>
  );
}

function Watch() {
  const [name, setName] = useState("live/test");
  const [note, setNote] = useState(location.pathname === "/" ? "" : lost);
  const watch = (event: Event) => {
    event.preventDefault();
    const path = watchPath(name);
    if (path === undefined) setNote(badName);
    else location.href = path;
  };
  return (
    <section class="card">
      <h2>Watch</h2>
      <form onSubmit={watch}>
        <Field label="App and stream name" hint="such as live/test">
          {(id) => (
            <input
              id={id}
              value={name}
              onInput={({ currentTarget }) => setName(currentTarget.value)}
              autocapitalize="none"
              autocomplete="off"
              spellcheck={false}
              required
            />
          )}
        </Field>
        <button type="submit">Watch</button>
        <p class="note" role="status">
          {note}
        </p>
      </form>
    </section>
  );
}

function SignIn({ onSignedIn }: { readonly onSignedIn: (me: Me) => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [state, setState] = useState({ busy: false, note: "" });
  const send = async (event: Event) => {
    event.preventDefault();
    setState({ busy: true, note: "" });
    await signIn(name.trim() || "owner", password).then(onSignedIn, (error: Error) =>
      setState({ busy: false, note: error.message }),
    );
  };
  return (
    <section class="card">
      <h2>Operate</h2>
      <form onSubmit={(event) => void send(event)}>
        <Field label="Name" hint="may be empty with the server's own password">
          {(id, hint) => (
            <input
              id={id}
              aria-describedby={hint}
              value={name}
              onInput={({ currentTarget }) => setName(currentTarget.value)}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
            />
          )}
        </Field>
        <Field
          label="Password"
          hint="printed when the server started for the first time; sluice password makes another"
        >
          {(id, hint) => (
            <input
              id={id}
              aria-describedby={hint}
              type="password"
              value={password}
              onInput={({ currentTarget }) => setPassword(currentTarget.value)}
              autocomplete="current-password"
              required
            />
          )}
        </Field>
        <button type="submit" disabled={state.busy}>
          Sign in
        </button>
        <p class="note" role="alert">
          {state.note}
        </p>
      </form>
    </section>
  );
}
