import type { Role } from "@sluice/api";
import type { ComponentChildren } from "preact";
import { Empty } from "../parts/notice.tsx";
import { addressOf, type Route } from "../route.ts";
import { AccountsPage } from "./accounts.tsx";
import { AppsPage } from "./apps.tsx";
import { AuditPage } from "./audit.tsx";
import { ConfigurationPage } from "./configuration.tsx";
import { KeysPage } from "./keys.tsx";
import { LivePage } from "./live.tsx";
import { MePage } from "./me.tsx";
import { RelaysPage } from "./relays.tsx";
import { ServerPage } from "./server.tsx";
import { SessionsPage } from "./sessions.tsx";
import { StreamPage } from "./stream.tsx";
import { WebhooksPage } from "./webhooks.tsx";

type Section = {
  readonly page: string;
  readonly title: string;
  /** Who has it in the menu. */
  readonly role: Role;
  readonly show: () => ComponentChildren;
};

/** What stands in the menu, in its order. */
export const sections: readonly Section[] = [
  { page: "live", title: "Live", role: "viewer", show: () => <LivePage /> },
  { page: "sessions", title: "Sessions", role: "viewer", show: () => <SessionsPage /> },
  { page: "relays", title: "Relays", role: "viewer", show: () => <RelaysPage /> },
  { page: "apps", title: "Apps", role: "owner", show: () => <AppsPage /> },
  { page: "keys", title: "Keys", role: "operator", show: () => <KeysPage /> },
  { page: "webhooks", title: "Webhooks", role: "operator", show: () => <WebhooksPage /> },
  { page: "accounts", title: "Accounts", role: "owner", show: () => <AccountsPage /> },
  { page: "audit", title: "Audit", role: "owner", show: () => <AuditPage /> },
  { page: "server", title: "Server", role: "viewer", show: () => <ServerPage /> },
  { page: "configuration", title: "Configuration", role: "owner", show: () => <ConfigurationPage /> },
];

export function pageAt({ page, rest }: Route): ComponentChildren {
  if (page === "streams" && rest !== "") return <StreamPage key={rest} path={rest} />;
  if (page === "me") return <MePage />;
  const found = sections.find((section) => section.page === page);
  if (found) return found.show();
  return (
    <Empty>
      There is no such page. <a href={addressOf("live")}>What is live</a>
    </Empty>
  );
}
