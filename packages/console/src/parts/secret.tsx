import { Copy } from "./copy.tsx";

/** A secret that the server has just made and will not show again. */
export function Secret({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div class="secret" role="status">
      <p>
        <b>{name}</b> – it is shown only now:
      </p>
      <Copy name={name} text={text} />
    </div>
  );
}
