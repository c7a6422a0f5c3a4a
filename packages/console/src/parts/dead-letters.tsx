import type { DeadLetter } from "@sluice/api";
import { api } from "../api.ts";
import { countText, momentText, plainText } from "../format.ts";
import { useAnnounce } from "./announce.tsx";
import { Confirm } from "./confirm.tsx";
import { Empty } from "./notice.tsx";
import { Paged } from "./paged.tsx";

/** What could not be delivered to a webhook: to be looked at, sent again, or forgotten. */
export function DeadLetters({ onReplay }: { readonly onReplay: () => void }) {
  return (
    <section class="card">
      <h2>Dead letters</h2>
      <Paged name="dead letters" ask={(query) => api("GET /hooks/dead", { query })} everyMs={5_000}>
        {(letters, again) => {
          const changed = () => {
            again();
            onReplay();
          };
          return letters.length === 0 ? (
            <Empty>None: all that was to be told has arrived, or is still tried.</Empty>
          ) : (
            <>
              <All letters={letters} onChange={changed} />
              <ul class="letters" aria-label="Events that could not be delivered, the newest first">
                {letters.map((letter) => (
                  <Letter key={letter.id} letter={letter} onChange={changed} />
                ))}
              </ul>
            </>
          );
        }}
      </Paged>
    </section>
  );
}

type LetterProps = { readonly letter: DeadLetter; readonly onChange: () => void };

function Letter({ letter, onChange }: LetterProps) {
  const { kind, at, host, reason, attempts, event, body } = letter;
  return (
    <li>
      <div class="about">
        <p>
          <b>{kind}</b> to {host || "a webhook that is gone"}{" "}
          <time class="hint" dateTime={new Date(at).toISOString()}>
            {momentText(at)}
          </time>
        </p>
        <p class="warned">
          {plainText(reason)}, after {countText(attempts, "attempt", "attempts")}
        </p>
      </div>
      <Actions letter={letter} onChange={onChange} />
      <details>
        <summary>What was to be sent</summary>
        <pre>{indented(body)}</pre>
        <p class="hint">
          with the header Sluice-Delivery: <code>{event}</code>
        </p>
      </details>
    </li>
  );
}

/** JSON as a person reads it; anything else as it is. */
function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}

function Actions({ letter, onChange }: LetterProps) {
  const { attempt } = useAnnounce();
  const { kind, host, at } = letter;
  const name = `the event ${kind} of ${momentText(at)}`;
  return (
    <div class="row end">
      {host === "" ? null : (
        <button
          type="button"
          class="quiet"
          aria-label={`Send again ${name}`}
          onClick={() =>
            void attempt(() => replay(letter), `It is sent to ${host} again, behind what waits.`).then(onChange)
          }
        >
          Send again
        </button>
      )}
      <Confirm
        label="Delete"
        about={name}
        question={`Delete ${name}? It will not be sent any more.`}
        onYes={() => void attempt(() => forget(letter), "It is deleted.").then(onChange)}
      />
    </div>
  );
}

/** After a receiver was away for long there are many. */
function All({ letters, onChange }: { readonly letters: readonly DeadLetter[]; readonly onChange: () => void }) {
  const { attempt } = useAnnounce();
  if (letters.length < 2) return null;
  const sendable = letters.filter(({ host }) => host !== "");
  const what = (count: number) => countText(count, "event", "events");
  const each = async (work: (letter: DeadLetter) => Promise<unknown>, those: readonly DeadLetter[]) => {
    // Replayed in the order in which they happened.
    for (const letter of those.toReversed()) await work(letter);
  };
  return (
    <div class="row">
      <button
        type="button"
        class="quiet"
        disabled={sendable.length === 0}
        onClick={() =>
          void attempt(() => each(replay, sendable), `${what(sendable.length)} are sent again, in their order.`).then(
            onChange,
          )
        }
      >
        Send all {sendable.length} again
      </button>
      <Confirm
        label={`Delete all ${letters.length}`}
        question={`Delete the ${what(letters.length)} that are shown? They will not be sent any more.`}
        onYes={() => void attempt(() => each(forget, letters), `${what(letters.length)} are deleted.`).then(onChange)}
      />
    </div>
  );
}

function replay({ id }: DeadLetter): Promise<unknown> {
  return api("POST /hooks/dead/{id}/replay", { path: { id } });
}

function forget({ id }: DeadLetter): Promise<unknown> {
  return api("DELETE /hooks/dead/{id}", { path: { id } });
}
