import type { AppDraft, Draft } from "./draft.ts";
import type { Setting } from "./origin.ts";

/**
 * Who may publish, once all apps are known. Where everybody could in every app, everybody can; where not, the apps that anybody could publish to
 * need a stream key from now on, and `newKey` makes one.
 */
export function decidePublishing(draft: Draft, newKey: () => string): void {
  const open = draft.apps.filter(({ publishing }) => publishing === "open");
  for (const app of draft.apps)
    if (app.publishing === "nobody") draft.replace(["apps", app.name, "access", "publish"], []);
  if (draft.apps.length > 0 && open.length === draft.apps.length) return draft.set(["auth"], "open", undefined);
  draft.set(["auth"], "key", undefined);
  const needKeys = open.filter((app) => !app.has("access.publish"));
  if (needKeys.length === 0) return;
  draft.set(["streamKeys"], [newKey()], undefined);
  for (const app of needKeys)
    draft.remark(
      "changed",
      settingOf(draft, app),
      "no key was asked for here; where another app has a check, this one needs a stream key: one was made, and stands under streamKeys",
    );
}

function settingOf(draft: Draft, app: AppDraft): Setting {
  const taken = draft.taken.find(({ path }) => path[0] === "apps" && path[1] === app.name);
  return taken?.settings[0] ?? { name: `app ${app.name}`, at: { file: "", line: 1 } };
}
