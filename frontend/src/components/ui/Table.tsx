import type { ReactNode } from "react";

export type Column<Row> = {
  header: string;
  cell: (row: Row) => ReactNode;
  /** Numbers and durations read best from the right. */
  isNumeric?: boolean;
  /** A column of buttons at the end of the rows: its header is for screen readers only. */
  isActions?: boolean;
  /** What the row is about: the heading of its card on a narrow screen. */
  isTitle?: boolean;
  /** Left out on a narrow screen; the row's own page tells it. */
  isDetail?: boolean;
};

type TableProps<Row> = {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
};

function cellClass<Row>({ isNumeric, isActions, isTitle, isDetail }: Column<Row>): string {
  if (isNumeric) return "tabular-nums md:text-right";
  if (isActions) return "md:text-right";
  if (isTitle) return "is-title";
  return isDetail ? "is-detail" : "";
}

/** A table that turns into a list of cards on a narrow screen. */
export function Table<Row>({ caption, columns, rows, rowKey }: TableProps<Row>) {
  return (
    <table className="table-cards">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.header} scope="col" className={column.isNumeric ? "text-right" : ""}>
              <span className={column.isActions ? "sr-only" : ""}>{column.header}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column) => (
              <td
                key={column.header}
                data-label={column.isActions || column.isTitle ? undefined : column.header}
                className={cellClass(column)}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
