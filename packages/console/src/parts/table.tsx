import type { ComponentChildren } from "preact";

export type Column<Row> = {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the right. */
  readonly number?: boolean;
  /** What it has is short, and not broken into lines. */
  readonly short?: boolean;
  /** It has no title that needs to be seen. */
  readonly quiet?: boolean;
};

type TableProps<Row> = {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
};

/** A list; on a narrow screen each row becomes a card, with the titles beside what they are of. */
export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <table>
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, number, quiet }) => (
            <th key={title} scope="col" class={number ? "number" : ""}>
              {quiet ? <span class="unseen">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, cell, number, short, quiet }) => (
              <td key={title} data-title={quiet ? undefined : title} class={number ? "number" : short ? "short" : ""}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
