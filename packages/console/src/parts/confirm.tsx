import { useEffect, useId, useRef, useState } from "preact/hooks";

type ConfirmProps = {
  /** What stands on the button. */
  readonly label: string;
  /** Of what, for who does not see the row that it stands in. */
  readonly about?: string;
  readonly question: string;
  readonly onYes: () => void;
};

/** A button for what cannot be taken back: it asks first. */
export function Confirm({ label, about, question, onYes }: ConfirmProps) {
  const [isOpen, setOpen] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  const yes = () => {
    dialog.current?.close();
    onYes();
  };
  return (
    <>
      <button
        type="button"
        class="quiet danger"
        aria-label={about === undefined ? undefined : `${label} ${about}`}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {isOpen ? (
        <dialog ref={dialog} aria-labelledby={id} onClose={() => setOpen(false)}>
          <p id={id}>{question}</p>
          <div class="row end">
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button type="button" class="danger" onClick={yes}>
              {label}
            </button>
          </div>
        </dialog>
      ) : null}
    </>
  );
}
