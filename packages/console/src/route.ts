import { useEffect, useState } from "preact/hooks";

/** Where in the console somebody is: `#/streams/live/cam` is the page `streams` with the rest `live/cam`. */
export type Route = { readonly page: string; readonly rest: string };

/** The place that an address names; the first page for none. */
export function routeOf(hash: string): Route {
  const [page = "", ...rest] = hash.replace(/^#?\/?/, "").split("/");
  return { page: page === "" ? "live" : decoded(page), rest: decoded(rest.join("/")) };
}

/** Follows the address; the place survives signing in, as it is never left. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const follow = () => setRoute(routeOf(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

export function addressOf(page: string, rest = ""): string {
  return rest === "" ? `#/${page}` : `#/${page}/${rest.split("/").map(encodeURIComponent).join("/")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
