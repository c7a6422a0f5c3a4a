import type { Difference, Verdict } from "@sluice/api";
import { useEffect, useState } from "preact/hooks";
import { valueText } from "../format.ts";
import { problemText } from "./announce.tsx";

const pauseMs = 400;

export type Judged = { readonly verdict: Verdict | undefined; readonly failure: string };

/** Asks the server what it thinks of something, a moment after it was last changed. `key` is empty for nothing to ask. */
export function useVerdict(ask: () => Promise<Verdict>, key: string): Judged {
  const [judged, setJudged] = useState<Judged>({ verdict: undefined, failure: "" });
  useEffect(() => {
    if (key === "") {
      setJudged({ verdict: undefined, failure: "" });
      return;
    }
    let stopped = false;
    const timer = setTimeout(() => {
      ask().then(
        (verdict) => stopped || setJudged({ verdict, failure: "" }),
        (error: unknown) => stopped || setJudged({ verdict: undefined, failure: problemText(error) }),
      );
    }, pauseMs);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [key]);
  return judged;
}

type VerdictBoxProps = Judged & {
  /** Goes to a line of the text, where there is one. */
  readonly onLine?: (line: number, column: number) => void;
};

/** What the server says of a change before it is made: what is wrong with it, and what would differ. */
export function VerdictBox({ verdict, failure, onLine }: VerdictBoxProps) {
  return (
    <div class="verdict" role="status">
      {failure === "" ? null : <p class="note">{failure}</p>}
      {verdict?.problems.length ? (
        <ul class="problems">
          {verdict.problems.map(({ line, column = 1, key, text }) => (
            <li key={`${line} ${key} ${text}`}>
              {line !== undefined && onLine ? (
                <button type="button" class="quiet" onClick={() => onLine(line, column)}>
                  Line {line}
                </button>
              ) : null}{" "}
              {key === "" ? null : <b>{key}: </b>}
              {text}
            </li>
          ))}
        </ul>
      ) : null}
      {verdict?.warnings.map((warning) => (
        <p key={warning} class="warned">
          {warning}
        </p>
      ))}
      {verdict?.valid ? <Differences differences={verdict.differences} /> : null}
    </div>
  );
}

function Differences({ differences }: { readonly differences: readonly Difference[] }) {
  if (differences.length === 0) return <p class="hint">Nothing would differ.</p>;
  return (
    <ul class="differences" aria-label="What would differ">
      {differences.map(({ key, before, after, restart }) => (
        <li key={key}>
          <b>{key}</b> <del>{valueText(before)}</del> <ins>{valueText(after)}</ins>
          {restart ? <small class="warned"> from the next start on</small> : null}
        </li>
      ))}
    </ul>
  );
}
