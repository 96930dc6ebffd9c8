"""How long `cambench explore` takes on 50,000 images and twelve methods: to open, to jump, and what memory it takes.

    python tests/benchmarks/explore.py [IMAGES] [FOLDER]

Writes a made-up run into FOLDER (results/explore by default), if it is not there yet, and opens it in Chromium.
"""

import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import synthetic

JUMPS = 100
DRAWN = """() => {
  const list = document.querySelector(".images .scroller");
  const box = list.getBoundingClientRect();
  const seen = [...list.querySelectorAll(".cell canvas")].filter((canvas) => {
    const { top, bottom } = canvas.getBoundingClientRect();
    return bottom > box.top && top < box.bottom;
  });
  if (document.querySelector(".images").ariaBusy === "true") return false;
  const ready = seen.every((canvas) => canvas.dataset.ready !== "false");
  return ready && seen.length > 12 && !list.querySelector(".waiting");
}"""


def drawn(page: Page, since: float) -> float:
    """Seconds until every picture in view is drawn."""
    page.wait_for_function(DRAWN, timeout=60_000)
    return time.perf_counter() - since


def jump(page: Page, share: float) -> float:
    start = time.perf_counter()
    page.eval_on_selector(".images .scroller", "(list, share) => (list.scrollTop = share * list.scrollHeight)", share)
    page.wait_for_timeout(100)  # the list waits, too, before it asks
    return drawn(page, start)


def measure(page: Page, address: str, server: psutil.Process) -> None:
    start = time.perf_counter()
    page.on("pageerror", lambda error: print(error))
    page.goto(address)
    page.locator(".images .scroller").scroll_into_view_if_needed()
    note("open, first pictures drawn", drawn(page, start), "s")
    for name, share in (("a quarter", 0.25), ("the middle", 0.5), ("the end", 1), ("the start", 0)):
        note(f"jump to {name}", jump(page, share), "s")
    for order in ("best", "disputed", "random"):
        start = time.perf_counter()
        page.locator(".images .toolbar").get_by_label("Order").select_option(order)
        page.wait_for_timeout(100)
        note(f"order: {order}", drawn(page, start), "s")
    before = memory(server)
    note("memory of the server", before, "MB")
    seconds = [jump(page, (number * 0.618) % 1) for number in range(JUMPS)]
    note(f"median of {JUMPS} jumps in random order", sorted(seconds)[JUMPS // 2], "s")
    note("slowest of them", max(seconds), "s")
    note("memory of the server after them", memory(server), "MB")


def memory(server: psutil.Process) -> float:
    return server.memory_info().rss / 1e6


def note(what: str, value: float, unit: str) -> None:
    print(f"{what}: {value:.2f} {unit}" if unit == "s" else f"{what}: {value:.0f} {unit}", flush=True)


def main() -> None:
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else "results/explore")
    if not (folder / "provenance.json").exists():
        folder.mkdir(parents=True)
        synthetic.write(folder, images)
    start = time.perf_counter()
    command = [sys.executable, "-m", "cambench", "explore", str(folder), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, sync_playwright() as browsers:
        assert process.stdout
        found = re.match(r"http\S+", process.stdout.readline())
        assert found
        note("start of the server", time.perf_counter() - start, "s")
        browser = browsers.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            measure(browser.new_page(viewport={"width": 1280, "height": 900}), found[0], psutil.Process(process.pid))
        finally:
            browser.close()
            process.terminate()


if __name__ == "__main__":
    main()
