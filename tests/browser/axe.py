"""axe-core on a page: WCAG 2.0 to 2.2, A and AA."""

from pathlib import Path

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = f"() => axe.run(document, {{runOnly: {TAGS}}})"


def faults(page: Page) -> list[str]:
    """Return the serious and critical faults: rule, what is wrong, the element."""
    page.evaluate(SOURCE)
    result = page.evaluate(RUN)
    return [
        f"{fault['id']} ({fault['impact']}): {node['html'][:160]} {node['failureSummary'][:300]}"
        for fault in result["violations"]
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"][:4]
    ]
