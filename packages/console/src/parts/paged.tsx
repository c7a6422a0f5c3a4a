import type { Page } from "@sluice/api";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { usePolled } from "../polled.ts";
import { Failure } from "./notice.tsx";

const limit = 50;

type PagedProps<Item> = {
  /** What list it is. */
  readonly name: string;
  /** Brings the piece behind a place. */
  readonly ask: (piece: { readonly limit: number; readonly after: string | undefined }) => Promise<Page<Item>>;
  readonly everyMs?: number;
  readonly children: (items: readonly Item[], again: () => void) => ComponentChildren;
};

/** A list of the API, a piece at a time. */
export function Paged<Item>({ name, ask, everyMs = 10_000, children }: PagedProps<Item>) {
  const [places, setPlaces] = useState<readonly string[]>([]);
  const place = places.at(-1);
  const { value, error, again } = usePolled(() => ask({ limit, after: place }), `${name} ${place}`, everyMs);
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
