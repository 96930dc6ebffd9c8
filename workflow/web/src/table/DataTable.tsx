/** A table to sort, filter and hide columns in. */

import {
  columnFilteringFeature,
  columnVisibilityFeature,
  createFilteredRowModel,
  createSortedRowModel,
  filterFn_includesString,
  globalFilteringFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/preact-table";
import type { ColumnDef, RowData } from "@tanstack/preact-table";
import type { ComponentChildren } from "preact";
import { useId, useMemo } from "preact/hooks";
import { About } from "../parts/About";
import { Menu } from "../parts/Menu";

export interface Column<Row extends RowData> {
  id: string;
  title: string;
  /** Which values are better; an arrow says it. */
  better?: "higher" | "lower";
  /** What the column means: shown on demand, beside the heading. */
  about?: ComponentChildren;
  /** What rows are sorted by. The filter looks at text, not at numbers. */
  value: (row: Row) => string | number | null;
  /** What stands in a cell: the value, if this is left out. */
  cell?: (row: Row) => ComponentChildren;
  /** Class of a cell. */
  mark?: (row: Row) => string | undefined;
  /** Hidden until it is chosen. */
  hidden?: boolean;
  /** Values are numbers: they stand at the right. */
  numeric?: boolean;
}

export interface Props<Row extends RowData> {
  /** What the table shows, for who cannot see it. */
  label: string;
  /** The first column names the row; it cannot be hidden. Keep the array the same from one rendering to the next. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row) => string;
  /** Heading of the group that a row stands in. Groups stand in the order of their first rows. */
  group?: (row: Row) => string;
  sort?: { id: string; desc: boolean };
  /** What stands beside the filter. */
  children?: ComponentChildren;
}

const features = tableFeatures({
  columnFilteringFeature,
  columnVisibilityFeature,
  globalFilteringFeature,
  rowSortingFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
});

const arrows = { higher: "↑", lower: "↓" };
const spoken = { asc: "ascending", desc: "descending" } as const;

type Cell = string | number;

/** Numbers by size, text as people sort it. */
function compare(a: Cell, b: Cell): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

function define<Row extends RowData>(column: Column<Row>, place: number): ColumnDef<typeof features, Row> {
  return {
    id: column.id,
    accessorFn: (row) => column.value(row) ?? undefined,
    enableHiding: place > 0,
    enableGlobalFilter: !column.numeric,
    sortFn: (a, b, id) => compare(a.getValue<Cell>(id), b.getValue<Cell>(id)),
    sortDescFirst: column.better ? column.better === "higher" : !!column.numeric,
    sortUndefined: "last",
  };
}

function useRows<Row extends RowData>({ columns, rows, id, sort }: Props<Row>) {
  const defined = useMemo(() => columns.map(define), [columns]);
  const shown = Object.fromEntries(columns.map((column) => [column.id, !column.hidden]));
  return useTable({
    features,
    columns: defined,
    data: rows,
    getRowId: id,
    globalFilterFn: filterFn_includesString,
    getColumnCanGlobalFilter: () => true,
    enableMultiSort: false,
    enableSortingRemoval: false,
    initialState: { sorting: sort ? [sort] : [], columnVisibility: shown, globalFilter: "" },
  });
}

export function DataTable<Row extends RowData>(props: Props<Row>) {
  const { columns, rows, label, group = () => "", children } = props;
  const table = useRows(props);
  const name = useId();
  const byId = new Map(columns.map((column) => [column.id, column]));
  const shown = table.getRowModel().rows;
  const groups = [...new Set(rows.map(group))];
  const visible = table.getVisibleLeafColumns().map((column) => ({ column, about: byId.get(column.id)! }));
  return (
    <div class="datatable">
      <div class="controls">
        {children}
        <label class="filter">
          <span>Filter</span>
          <input
            type="search"
            value={table.state.globalFilter ?? ""}
            onInput={(event) => table.setGlobalFilter(event.currentTarget.value)}
            aria-controls={name}
          />
        </label>
        <Menu title="Columns">
          {table.getAllLeafColumns().map((column) => (
            <label key={column.id}>
              <input
                type="checkbox"
                checked={column.getIsVisible()}
                disabled={!column.getCanHide()}
                onChange={() => column.toggleVisibility()}
              />
              {byId.get(column.id)!.title}
            </label>
          ))}
        </Menu>
        <span class="count" role="status">
          {shown.length === rows.length ? "" : `${shown.length} of ${rows.length} rows`}
        </span>
      </div>
      <div class="wide" role="region" aria-label={label} tabIndex={0}>
        <table id={name}>
          <caption class="hidden">{label}</caption>
          <thead>
            <tr>
              {visible.map(({ column, about }) => {
                const sorted = column.getIsSorted();
                return (
                  <th
                    key={column.id}
                    scope="col"
                    class={about.numeric ? "number" : undefined}
                    aria-sort={sorted ? spoken[sorted] : undefined}
                  >
                    <span class="heading">
                      <button type="button" class="sort" onClick={() => column.toggleSorting()}>
                        {about.title}
                        {about.better && (
                          <span class="arrow" role="img" aria-label={`, ${about.better} is better`}>
                            {` ${arrows[about.better]}`}
                          </span>
                        )}
                        <span class={`direction ${sorted || "none"}`} aria-hidden="true" />
                      </button>
                      {about.about && <About title={about.title}>{about.about}</About>}
                    </span>
                  </th>
                );
              })}
            </tr>
          </thead>
          {groups.map((heading) => {
            const members = shown.filter((row) => group(row.original) === heading);
            return (
              members.length > 0 && (
                <tbody key={heading}>
                  {heading && (
                    <tr class="group">
                      <th scope="rowgroup" colSpan={visible.length}>
                        <span>{heading}</span>
                      </th>
                    </tr>
                  )}
                  {members.map((row) => (
                    <tr key={row.id}>
                      {visible.map(({ about }, place) => {
                        const content = about.cell ? about.cell(row.original) : about.value(row.original);
                        const mark = [about.numeric && "number", about.mark?.(row.original)].filter(Boolean).join(" ");
                        return place === 0 ? (
                          <th key={about.id} scope="row" class={mark || undefined}>
                            {content}
                          </th>
                        ) : (
                          <td key={about.id} class={mark || undefined}>
                            {content ?? "–"}
                          </td>
                        );
                      })}
                    </tr>
                  ))}
                </tbody>
              )
            );
          })}
        </table>
      </div>
    </div>
  );
}
