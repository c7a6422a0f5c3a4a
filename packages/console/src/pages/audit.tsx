import { api } from "../api.ts";
import { momentText, valueText } from "../format.ts";
import { Empty } from "../parts/notice.tsx";
import { Paged } from "../parts/paged.tsx";
import { Table } from "../parts/table.tsx";

/** What was changed by whom. */
export function AuditPage() {
  return (
    <>
      <div class="heading">
        <h1>Audit</h1>
      </div>
      <section class="card">
        <Paged name="audit" ask={({ limit, after: before }) => api("GET /audit", { query: { limit, before } })}>
          {(entries) =>
            entries.length === 0 ? (
              <Empty>Nothing has been changed yet.</Empty>
            ) : (
              <Table
                caption="Changes, the newest first"
                rows={entries}
                keyOf={({ id }) => id}
                columns={[
                  { title: "When", cell: ({ at }) => momentText(at), short: true },
                  { title: "Who", cell: ({ actor, address }) => (address ? `${actor} from ${address}` : actor) },
                  { title: "What", cell: ({ action }) => action, short: true },
                  { title: "To", cell: ({ target }) => target || "–", short: true },
                  { title: "With", cell: ({ detail }) => <span class="code">{detail ? valueText(detail) : "–"}</span> },
                ]}
              />
            )
          }
        </Paged>
      </section>
    </>
  );
}
