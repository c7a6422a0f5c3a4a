import type { Me } from "@sluice/api";
import { useEffect, useState } from "preact/hooks";
import { onSignedOut, signOut, whoAmI } from "./api.ts";
import { startFeed } from "./live/feed.ts";
import { MeContext } from "./me.ts";
import { pageAt } from "./pages/index.tsx";
import { Announcer } from "./parts/announce.tsx";
import { useRoute } from "./route.ts";
import { Shell } from "./shell.tsx";
import { Welcome } from "./welcome.tsx";

type State = { readonly kind: "asking" } | { readonly kind: "nobody" } | { readonly kind: "somebody"; readonly me: Me };

/** The console for who is signed in; otherwise the door, and the way to watch a stream. */
export function App() {
  const [state, setState] = useState<State>({ kind: "asking" });
  const route = useRoute();
  useEffect(() => {
    const stop = onSignedOut(() => setState({ kind: "nobody" }));
    whoAmI().then(
      (me) => setState(me ? { kind: "somebody", me } : { kind: "nobody" }),
      () => setState({ kind: "nobody" }),
    );
    return stop;
  }, []);
  const isIn = state.kind === "somebody";
  useEffect(() => (isIn ? startFeed() : undefined), [isIn]);
  switch (state.kind) {
    case "asking":
      return <main class="asking" aria-busy="true" />;
    case "nobody":
      return <Welcome onSignedIn={(me) => setState({ kind: "somebody", me })} />;
    case "somebody": {
      const leave = () => signOut().finally(() => setState({ kind: "nobody" }));
      return (
        <MeContext.Provider value={state.me}>
          <Announcer>
            <Shell route={route} me={state.me} onSignOut={() => void leave()}>
              {pageAt(route)}
            </Shell>
          </Announcer>
        </MeContext.Provider>
      );
    }
  }
}
