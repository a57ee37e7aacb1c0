"""Parts of the HTML report: a section that stands by itself, or goes into the whole as it is."""

from html import escape


def part(name: str, title: str, markdown: str) -> str:
    """A section with a heading and Markdown below it; raw HTML in the Markdown is shown and not obeyed.

    Raises ModuleNotFoundError without the extra `report`.
    """
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return f'<section id="{escape(name)}">\n<h1>{escape(title)}</h1>\n{body}</section>\n'
