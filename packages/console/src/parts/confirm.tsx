import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

type ConfirmProps = {
  /** What stands on the button. */
  readonly label: string;
  /** Of what, for who does not see the row that it stands in. */
  readonly about?: string;
  readonly question: string;
  /** Fields for what else is to be said. */
  readonly children?: ComponentChildren;
  /** What can be taken back is no danger. */
  readonly mild?: boolean;
  readonly onYes: () => void;
};

/** A button for what is not done by accident: it asks first. */
export function Confirm({ label, about, question, children, mild = false, onYes }: ConfirmProps) {
  const [isOpen, setOpen] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  const yes = (event: Event) => {
    event.preventDefault();
    dialog.current?.close();
    onYes();
  };
  return (
    <>
      <button
        type="button"
        class={mild ? "quiet" : "quiet danger"}
        aria-label={about === undefined ? undefined : `${label} ${about}`}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {isOpen ? (
        <dialog ref={dialog} aria-labelledby={id} onClose={() => setOpen(false)}>
          <form onSubmit={yes}>
            <p id={id}>{question}</p>
            {children}
            <div class="row end">
              <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
                Cancel
              </button>
              <button type="submit" class={mild ? "" : "danger"}>
                {label}
              </button>
            </div>
          </form>
        </dialog>
      ) : null}
    </>
  );
}
