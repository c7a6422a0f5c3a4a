import type { Ref } from "preact";
import { useImperativeHandle, useRef } from "preact/hooks";

export type TextEditorHandle = { readonly goTo: (line: number, column: number) => void };

type TextEditorProps = {
  readonly handle: Ref<TextEditorHandle>;
  readonly label: string;
  readonly text: string;
  /** Lines with something wrong in them. */
  readonly marked: readonly number[];
  readonly onInput: (text: string) => void;
};

/** A text with the numbers of its lines beside it. */
export function TextEditor({ handle, label, text, marked, onInput }: TextEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLOListElement>(null);
  useImperativeHandle(handle, () => ({ goTo: (line, column) => select(area.current, line, column) }), []);
  const count = text.split("\n").length;
  return (
    <div class="editor code">
      <ol ref={numbers} aria-hidden="true">
        {Array.from({ length: count }, (_, index) => (
          <li key={index} class={marked.includes(index + 1) ? "bad" : ""}>
            {index + 1}
          </li>
        ))}
      </ol>
      <textarea
        ref={area}
        aria-label={label}
        aria-invalid={marked.length > 0}
        rows={24}
        wrap="off"
        spellcheck={false}
        autocapitalize="none"
        autocomplete="off"
        value={text}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
        onScroll={({ currentTarget }) => {
          if (numbers.current) numbers.current.scrollTop = currentTarget.scrollTop;
        }}
      />
    </div>
  );
}

function select(area: HTMLTextAreaElement | null, line: number, column: number): void {
  if (!area) return;
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  area.focus();
  area.setSelectionRange(start + column - 1, start + (lines[line - 1]?.length ?? 0));
  area.scrollTop = (line - 4) * (area.scrollHeight / lines.length);
}
