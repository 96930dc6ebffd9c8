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
import { Menu } from "../parts/Menu";
import { Grid } from "./Grid";

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

/** How many numbers stand beside each other on paper. */
const across = 14;

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

/** The columns of each table that is printed: a wide one is cut into several, which all name the rows. */
function onPaper<Column>([first, ...others]: readonly Column[]): Column[][] {
  const parts = Math.ceil(others.length / across);
  const each = Math.ceil(others.length / parts);
  return Array.from({ length: parts }, (_, part) => [first!, ...others.slice(part * each, (part + 1) * each)]);
}

export function DataTable<Row extends RowData>(props: Props<Row>) {
  const { columns, rows, label, group = () => "", children } = props;
  const table = useRows(props);
  const name = useId();
  const byId = new Map(columns.map((column) => [column.id, column]));
  const shown = table.getRowModel().rows;
  const headings = [...new Set(rows.map(group))];
  const groups = headings
    .map((heading) => ({ heading, rows: shown.filter((row) => group(row.original) === heading) }))
    .filter((part) => part.rows.length > 0);
  const visible = table.getVisibleLeafColumns().map((column) => byId.get(column.id)!);
  const parts = onPaper(visible);
  const grid = {
    label,
    groups,
    sorted: (column: string) => table.getColumn(column)!.getIsSorted(),
    sort: (column: string) => table.getColumn(column)!.toggleSorting(),
  };
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
        <Grid {...grid} id={name} columns={visible} class={parts.length > 1 ? "screen" : undefined} />
        {parts.length > 1 && parts.map((part) => <Grid {...grid} key={part[1]!.id} columns={part} class="paper" />)}
      </div>
    </div>
  );
}
