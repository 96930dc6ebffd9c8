/** What stands behind the numbers: cost, files that could not be used, networks, configuration, links, citations. */

import type { Data, FileRow } from "../data";
import { Copy } from "../parts/Copy";
import { Folded, Section } from "../parts/Section";
import { Cost } from "./Cost";

function Rejected({ data }: { data: Data }) {
  return (
    <ul class="files">
      {data.rejected.map(([path, reason]) => (
        <li key={path}>
          <code>{path}</code>: {reason}
        </li>
      ))}
    </ul>
  );
}

/** A fact in words; blocks as JSON. */
function fact(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return value.toLocaleString("en");
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.map(fact).join(" × ") : JSON.stringify(value);
}

function Networks({ data }: { data: Data }) {
  return (
    <>
      {data.networks.map(({ name, title, facts }) => (
        <div key={name}>
          <h3>{title}</h3>
          <dl class="facts">
            {Object.entries(facts)
              .filter(([, value]) => value !== null)
              .map(([key, value]) => (
                <div key={key}>
                  <dt>{key.replace(/_/g, " ")}</dt>
                  <dd>{fact(value)}</dd>
                </div>
              ))}
          </dl>
        </div>
      ))}
    </>
  );
}

/** The address of a file of the run, from the page. */
function address(path: string): string {
  return `../${path.split("/").map(encodeURIComponent).join("/")}`;
}

function Files({ files }: { files: readonly FileRow[] }) {
  const groups = new Map<string, FileRow[]>();
  for (const file of files) {
    const folder = file.path.includes("/") ? `${file.path.split("/")[0]}/` : file.path;
    groups.set(folder, [...(groups.get(folder) ?? []), file]);
  }
  return (
    <dl class="links">
      {[...groups].map(([folder, members]) => (
        <div key={folder}>
          <dt>{folder.endsWith("/") ? folder : <a href={address(folder)}>{folder}</a>}</dt>
          <dd>
            {new Set(members.map(({ about }) => about)).size === 1 && <span class="quiet">{members[0]!.about}</span>}
            {folder.endsWith("/") && (
              <ul>
                {members.map(({ path, about }) => (
                  <li key={path}>
                    <a href={address(path)} title={about}>
                      {path.slice(folder.length).replace(/\/zarr\.json$/, "")}
                    </a>
                  </li>
                ))}
              </ul>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function Citing({ data }: { data: Data }) {
  return (
    <Section id="citing" title="For your paper" lead="A paragraph for the methods section, and what it cites.">
      <Copy label="Methods paragraph" text={data.methods_text} wrap />
      <Folded title="BibTeX">
        <Copy label="BibTeX" text={data.bibtex} />
      </Folded>
    </Section>
  );
}

export function Background({ data }: { data: Data }) {
  const rejected = data.rejected.length;
  return (
    <Section id="behind" title="Behind the numbers">
      <Folded title="What it cost">
        <Cost data={data} />
      </Folded>
      <Folded title={`Files that could not be used: ${rejected || "none"}`}>
        {rejected ? <Rejected data={data} /> : <p>All files were used.</p>}
      </Folded>
      <Folded title="Networks">
        <Networks data={data} />
      </Folded>
      <Folded title="Configuration">
        <Copy label="Configuration" text={data.config} />
      </Folded>
      <Folded title="All files of this run">
        <Files files={data.files} />
      </Folded>
    </Section>
  );
}
