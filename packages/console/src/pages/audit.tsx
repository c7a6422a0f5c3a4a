import type { AuditEntry } from "../api-types.ts";
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
        <Paged<AuditEntry> path="audit" cursor="before">
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
