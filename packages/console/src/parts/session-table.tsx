import type { Session } from "@sluice/api";
import { api } from "../api.ts";
import { bytesText, countText, durationText } from "../format.ts";
import { useMay } from "../me.ts";
import { addressOf } from "../route.ts";
import { useAnnounce } from "./announce.tsx";
import { Confirm } from "./confirm.tsx";
import { type Column, Table } from "./table.tsx";

type SessionTableProps = {
  readonly caption: string;
  readonly sessions: readonly Session[];
  /** Where they are not all of one stream. */
  readonly withStream?: boolean;
  readonly onChange: () => void;
};

/** Who publishes and watches, and the end of it. */
export function SessionTable({ caption, sessions, withStream = false, onChange }: SessionTableProps) {
  const mayEnd = useMay("operator");
  const columns: Column<Session>[] = [
    { title: "Who", cell: who },
    ...(withStream ? [{ title: "Stream", cell: streamLink }] : []),
    { title: "From", cell: from },
    { title: "Since", cell: ({ openedAt }) => durationText((Date.now() - Date.parse(openedAt)) / 1000), number: true },
    { title: "Media", cell: ({ bytes }) => bytesText(bytes), number: true },
    { title: "Quality", cell: quality },
    ...(mayEnd
      ? [
          {
            title: "Actions",
            cell: (session: Session) => <Actions session={session} onChange={onChange} />,
            quiet: true,
          },
        ]
      : []),
  ];
  return <Table caption={caption} columns={columns} rows={sessions} keyOf={({ id }) => id} />;
}

function who({ role, protocol, id }: Session) {
  return (
    <>
      <span class="role" data-role={role}>
        {role}
      </span>{" "}
      {protocol} <small class="hint">{id}</small>
    </>
  );
}

function streamLink({ stream }: Session) {
  return <a href={addressOf("streams", stream)}>{stream}</a>;
}

function from({ address, agent }: Session) {
  return (
    <>
      {address}
      {agent ? <small class="hint agent">{agent}</small> : null}
    </>
  );
}

function quality({ role, rendition, skips = 0, moves = 0 }: Session) {
  if (role === "publisher") return "–";
  return (
    <>
      {rendition ?? "source"}
      {skips > 0 ? <small class="hint"> · {countText(skips, "skip", "skips")}</small> : null}
      {moves > 0 ? <small class="hint"> · {countText(moves, "move", "moves")}</small> : null}
    </>
  );
}

function Actions({ session, onChange }: { readonly session: Session; readonly onChange: () => void }) {
  const { attempt } = useAnnounce();
  const { id, role, address } = session;
  const about = `${role} ${id}`;
  const kick = () =>
    attempt(() => api("DELETE /sessions/{id}", { path: { id } }), `${about} is sent away.`).then(onChange);
  const ban = () =>
    attempt(
      () => api("POST /bans", { body: { address, reason: "banned in the console" } }),
      `${address} is kept out.`,
    ).then(onChange);
  return (
    <div class="row end">
      <Confirm
        label="Kick"
        about={about}
        question={`Send ${about} from ${address} away? It may come again.`}
        onYes={() => void kick()}
      />
      <Confirm
        label="Ban"
        about={`${address}`}
        question={`Keep ${address} out? Everybody who comes from there is sent away, and refused until the ban is taken back under Sessions.`}
        onYes={() => void ban()}
      />
    </div>
  );
}
