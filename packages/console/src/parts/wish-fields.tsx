import { Field } from "./field.tsx";

/** What clients are told that are asked to connect anew. */
export type Wish = { readonly address: string; readonly reason: string };

export const emptyWish: Wish = { address: "", reason: "" };

type WishFieldsProps = { readonly wish: Wish; readonly onChange: (wish: Wish) => void };

/** Where clients are sent, and why. */
export function WishFields({ wish, onChange }: WishFieldsProps) {
  return (
    <>
      <Field label="Address" hint="such as rtmp://other.example; empty: where they are now">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            value={wish.address}
            onInput={({ currentTarget }) => onChange({ ...wish, address: currentTarget.value })}
            maxLength={1_024}
            inputMode="url"
            autocapitalize="none"
            autocomplete="off"
          />
        )}
      </Field>
      <Field label="Why" hint="for whoever runs the client">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            value={wish.reason}
            onInput={({ currentTarget }) => onChange({ ...wish, reason: currentTarget.value })}
            maxLength={200}
          />
        )}
      </Field>
    </>
  );
}

/** As the API takes it: what is empty is not said. */
export function wishBody({ address, reason }: Wish): { readonly tcUrl?: string; readonly description?: string } {
  const [tcUrl, description] = [address.trim(), reason.trim()];
  return { ...(tcUrl === "" ? {} : { tcUrl }), ...(description === "" ? {} : { description }) };
}
