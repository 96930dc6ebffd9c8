/** The table itself: headings that sort, and rows in groups. */

import type { RowData } from "@tanstack/preact-table";
import type { ComponentChildren } from "preact";
import { About } from "../parts/About";
import type { Column } from "./DataTable";

export interface Group<Row extends RowData> {
  heading: string;
  rows: readonly { id: string; original: Row }[];
}

interface Props<Row extends RowData> {
  id?: string;
  class?: string;
  label: string;
  columns: readonly Column<Row>[];
  groups: readonly Group<Row>[];
  sorted: (column: string) => false | "asc" | "desc";
  sort: (column: string) => void;
}

const arrows = { higher: "↑", lower: "↓" };
const spoken = { asc: "ascending", desc: "descending" } as const;

export function Grid<Row extends RowData>({ id, class: name, label, columns, groups, sorted, sort }: Props<Row>) {
  return (
    <table id={id} class={name}>
      <caption class="hidden">{label}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <Heading key={column.id} column={column} sorted={sorted(column.id)} sort={() => sort(column.id)} />
          ))}
        </tr>
      </thead>
      {groups.map(({ heading, rows }) => (
        <tbody key={heading}>
          {heading && (
            <tr class="group">
              <th scope="rowgroup" colSpan={columns.length}>
                <span>{heading}</span>
              </th>
            </tr>
          )}
          {rows.map((row) => (
            <tr key={row.id}>{columns.map((column, place) => cell(column, row.original, place === 0))}</tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}

interface HeadingProps<Row extends RowData> {
  column: Column<Row>;
  sorted: false | "asc" | "desc";
  sort: () => void;
}

function Heading<Row extends RowData>({ column: { numeric, title, better, about }, sorted, sort }: HeadingProps<Row>) {
  return (
    <th scope="col" class={numeric ? "number" : undefined} aria-sort={sorted ? spoken[sorted] : undefined}>
      <span class="heading">
        <button type="button" class="sort" onClick={sort}>
          {title}
          {better && (
            <span class="arrow" role="img" aria-label={`, ${better} is better`}>
              {` ${arrows[better]}`}
            </span>
          )}
          <span class={`direction ${sorted || "none"}`} aria-hidden="true" />
        </button>
        {about && <About title={title}>{about}</About>}
      </span>
    </th>
  );
}

/** The first cell of a row is its heading. */
function cell<Row extends RowData>(column: Column<Row>, row: Row, first: boolean): ComponentChildren {
  const content = column.cell ? column.cell(row) : column.value(row);
  const mark = [column.numeric && "number", column.mark?.(row)].filter(Boolean).join(" ") || undefined;
  return first ? (
    <th key={column.id} scope="row" class={mark}>
      {content}
    </th>
  ) : (
    <td key={column.id} class={mark}>
      {content ?? "–"}
    </td>
  );
}
