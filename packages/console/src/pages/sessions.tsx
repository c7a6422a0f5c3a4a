import { useState } from "preact/hooks";
import { get, remove } from "../api.ts";
import type { Ban, Page, Session } from "../api-types.ts";
import { momentText } from "../format.ts";
import { useEvents } from "../live/feed.ts";
import { useMay } from "../me.ts";
import { useAnnounce } from "../parts/announce.tsx";
import { Empty, Failure } from "../parts/notice.tsx";
import { SessionTable } from "../parts/session-table.tsx";
import { Table } from "../parts/table.tsx";
import { usePolled } from "../polled.ts";

const everyMs = 3_000;
const pageSize = "100";

/** Everybody who publishes and watches, and who is kept out. */
export function SessionsPage() {
  const [role, setRole] = useState("");
  const [pages, setPages] = useState<readonly string[]>([]);
  const after = pages.at(-1);
  const query = { limit: pageSize, ...(role === "" ? {} : { role }), ...(after === undefined ? {} : { after }) };
  const key = `${role} ${after}`;
  const { value, error, again } = usePolled(() => get<Page<Session>>("sessions", query), key, everyMs);
  useEvents(({ kind }) => kind.startsWith("session") && again(), "sessions");
  const mayBan = useMay("operator");
  return (
    <>
      <div class="heading">
        <h1>Sessions</h1>
        <label class="check">
          Show{" "}
          <select
            value={role}
            onChange={({ currentTarget }) => {
              setRole(currentTarget.value);
              setPages([]);
            }}
          >
            <option value="">everybody</option>
            <option value="publisher">publishers</option>
            <option value="viewer">viewers</option>
          </select>
        </label>
      </div>
      <Failure error={error} />
      {value?.items.length === 0 ? <Empty>Nobody is here.</Empty> : null}
      {value && value.items.length > 0 ? (
        <section class="card">
          <SessionTable caption="Sessions" sessions={value.items} withStream onChange={again} />
        </section>
      ) : null}
      <div class="row">
        {pages.length > 0 ? (
          <button type="button" class="quiet" onClick={() => setPages(pages.slice(0, -1))}>
            Before
          </button>
        ) : null}
        {value?.next ? (
          <button type="button" class="quiet" onClick={() => setPages([...pages, value.next ?? ""])}>
            More
          </button>
        ) : null}
      </div>
      {mayBan ? <Bans /> : null}
    </>
  );
}

function Bans() {
  const { value, error, again } = usePolled(() => get<Page<Ban>>("bans"), "bans", 10_000);
  const { attempt } = useAnnounce();
  const lift = (ban: Ban) => attempt(() => remove(`bans/${ban.id}`), `${ban.address} may come again.`).then(again);
  if (!value || value.items.length === 0) return <Failure error={error} />;
  return (
    <section class="card">
      <h2>Kept out</h2>
      <Table
        caption="Bans"
        rows={value.items}
        keyOf={({ id }) => id}
        columns={[
          { title: "Address", cell: ({ address }) => address },
          { title: "Why", cell: ({ reason }) => reason },
          { title: "Since", cell: ({ createdAt }) => momentText(createdAt) },
          { title: "Until", cell: ({ expiresAt }) => (expiresAt === undefined ? "taken back" : momentText(expiresAt)) },
          {
            title: "Actions",
            quiet: true,
            cell: (ban) => (
              <button
                type="button"
                class="quiet"
                aria-label={`Let ${ban.address} in again`}
                onClick={() => void lift(ban)}
              >
                Let in again
              </button>
            ),
          },
        ]}
      />
    </section>
  );
}
