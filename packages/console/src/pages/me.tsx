import { useContext, useState } from "preact/hooks";
import { api, signIn } from "../api.ts";
import { MeContext } from "../me.ts";
import { useAnnounce } from "../parts/announce.tsx";
import { Facts } from "../parts/facts.tsx";
import { Field } from "../parts/field.tsx";

const shortest = 10;

/** Who is signed in, and another password for them. */
export function MePage() {
  const { name, role } = useContext(MeContext);
  return (
    <>
      <div class="heading">
        <h1>Your account</h1>
      </div>
      <section class="card">
        <Facts
          facts={[
            ["Name", name],
            ["Role", role],
          ]}
        />
      </section>
      <section class="card">
        <h2>Another password</h2>
        <ChangePassword name={name} />
        <p class="hint">
          Wherever else you are signed in you are signed out. The server's own password, which goes with any name,
          stands in the configuration: <code>sluice password</code> makes another.
        </p>
      </section>
    </>
  );
}

function ChangePassword({ name }: { readonly name: string }) {
  const [form, setForm] = useState({ current: "", password: "", again: "" });
  const { attempt } = useAnnounce();
  const isMistyped = form.again !== "" && form.again !== form.password;
  const change = async (event: Event) => {
    event.preventDefault();
    const { current, password } = form;
    const work = async () => {
      await api("POST /password", { body: { current, password } });
      // Every cookie of the account has ended with the old password, this page's too.
      await signIn(name, password);
    };
    if (await attempt(work, "Your password is changed.")) setForm({ current: "", password: "", again: "" });
  };
  const input =
    (key: keyof typeof form, kind: "current-password" | "new-password", isWrong = false) =>
    (id: string, hint: string | undefined) => (
      <input
        id={id}
        aria-describedby={hint}
        aria-invalid={isWrong}
        type="password"
        autocomplete={kind}
        minLength={kind === "new-password" ? shortest : undefined}
        required
        value={form[key]}
        onInput={({ currentTarget }) => setForm({ ...form, [key]: currentTarget.value })}
      />
    );
  return (
    <form class="narrow" onSubmit={(event) => void change(event)}>
      <input type="hidden" autocomplete="username" value={name} />
      <Field label="Present password">{input("current", "current-password")}</Field>
      <Field label="New password" hint="ten characters or more">
        {input("password", "new-password")}
      </Field>
      <Field label="New password again" hint={isMistyped ? "it is not the same" : undefined}>
        {input("again", "new-password", isMistyped)}
      </Field>
      <button type="submit" disabled={form.password === "" || form.password !== form.again}>
        Change it
      </button>
    </form>
  );
}
