/** The report of a run. */

import { render } from "preact";
import "./styles/page.css";
import { read } from "./data";
import { Report } from "./report/Report";
import { metric, network, shownMethods } from "./state";

const data = read();
network.value = data.networks[0]?.name ?? "";
shownMethods.value = new Set(data.methods.map((method) => method.name));
if (!data.metrics.some((one) => one.name === metric.value)) metric.value = data.metrics[0]?.name ?? "";
render(<Report data={data} />, document.getElementById("page")!);
