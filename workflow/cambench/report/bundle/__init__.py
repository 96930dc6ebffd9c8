"""Scripts and styles of the pages, which `npm run build` in `workflow/web` makes of the sources there."""

from pathlib import Path


def read(page: str) -> tuple[str, str]:
    """Script and style of a page: `report` or `leaderboard`."""
    folder = Path(__file__).parent
    script, style = (folder.joinpath(f"{page}.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    return script, style
