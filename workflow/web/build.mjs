// Bundles the pages: `src/<name>.tsx` becomes `<name>.js` and `<name>.css` of the Python package. The same sources and
// the same versions give the same bytes.
import { existsSync } from "node:fs";
import { build } from "esbuild";

const folder = process.argv[2] ?? "../cambench/report/bundle";
const entries = ["report", "leaderboard"].map((name) => `src/${name}.tsx`).filter((path) => existsSync(path));

await build({
  entryPoints: entries,
  outdir: folder,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "ascii",
  legalComments: "eof",
  logLevel: "warning",
});
