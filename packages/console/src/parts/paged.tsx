import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { get } from "../api.ts";
import type { Page } from "../api-types.ts";
import { usePolled } from "../polled.ts";
import { Failure } from "./notice.tsx";

type PagedProps<Item> = {
  readonly path: string;
  /** What the API calls the place to go on from. */
  readonly cursor?: "after" | "before";
  readonly everyMs?: number;
  readonly children: (items: readonly Item[], again: () => void) => ComponentChildren;
};

/** A list of the API, a piece at a time. */
export function Paged<Item>({ path, cursor = "after", everyMs = 10_000, children }: PagedProps<Item>) {
  const [places, setPlaces] = useState<readonly string[]>([]);
  const place = places.at(-1);
  const ask = () => get<Page<Item>>(path, { limit: "50", [cursor]: place });
  const { value, error, again } = usePolled(ask, `${path} ${place}`, everyMs);
  const { next } = value ?? {};
  return (
    <>
      <Failure error={error} />
      {value ? children(value.items, again) : null}
      {places.length > 0 || next !== undefined ? (
        <div class="row turn">
          <button
            type="button"
            class="quiet"
            disabled={places.length === 0}
            onClick={() => setPlaces(places.slice(0, -1))}
          >
            Before
          </button>
          <button
            type="button"
            class="quiet"
            disabled={next === undefined}
            onClick={() => next !== undefined && setPlaces([...places, next])}
          >
            More
          </button>
        </div>
      ) : null}
    </>
  );
}
