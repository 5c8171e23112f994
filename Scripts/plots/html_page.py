"""A self-contained HTML page: text escaped, figures inside as SVG, no scripts, nothing fetched."""

import base64
import html
import io

import style

CSS = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --soft: #666; --line: #ccc; --stripe: #f5f5f5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e4e4; --paper: #161616; --soft: #a0a0a0; --line: #444; --stripe: #202020; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 80rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; font-size: 1.6rem; } h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
.soft { color: var(--soft); } .wide { overflow-x: auto; }
.verdict { display: inline-block; padding: .1rem .7rem; border-radius: .3rem; font-weight: bold; color: #fff; }
.valid { background: #00704f; } .invalid { background: #b03a00; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .87rem; margin: .6rem 0; }
th, td { padding: .15rem .4rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } th:first-child, td:first-child, .left :is(th, td) { text-align: left; }
.left td:last-child { white-space: normal; }
tbody tr:nth-child(even) { background: var(--stripe); }
figure { margin: 1.2rem 0; } figure img { max-width: 100%; background: #fff; padding: .5rem; border-radius: .3rem; }
.pair { display: flex; flex-wrap: wrap; gap: 1rem; } .pair figure { margin: 0; flex: 1 1 22rem; } .pair img { width: 100%; }
figcaption { color: var(--soft); font-size: .87rem; }
pre { background: var(--stripe); padding: .8rem; overflow-x: auto; font-size: .82rem; }
summary { cursor: pointer; }
@media print {
  :root { --ink: #000; --paper: #fff; --soft: #444; --line: #bbb; --stripe: #f4f4f4; }
  body { max-width: none; margin: 0; font-size: 10pt; } figure, tr { break-inside: avoid; } h2 { break-after: avoid; }
  pre { white-space: pre-wrap; } .wide { overflow: visible; } table { font-size: 7pt; }
  th, td { padding: .1rem .3rem; }
}
"""


def page(title, parts):
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def escape(text):
    return html.escape(str(text))


def heading(text):
    return f"<h2>{escape(text)}</h2>"


def paragraph(text, kind=""):
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def verdict(is_valid):
    return f'<p><span class="verdict {"valid" if is_valid else "invalid"}">{"VALID" if is_valid else "INVALID"}</span></p>'


def items(texts):
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>" if texts else ""


def table(heads, rows, kind=""):
    """Numbers to the right; with the kind `left` everything to the left, the last column on several lines where it must."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide {kind}"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def preformatted(text):
    return f"<pre>{escape(text)}</pre>"


def folded(title, part):
    """Closed until the reader opens it; not printed while closed."""
    return f"<details><summary>{escape(title)}</summary>\n{part}\n</details>"


def figure(drawn, caption):
    """`drawn` is a matplotlib figure, which is forgotten. An image of its own, so that names in two figures never meet."""
    file = io.BytesIO()
    style.save(drawn, file, "svg")
    data = base64.b64encode(file.getvalue()).decode("ascii")
    image = f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(caption)}">'
    return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"


def side_by_side(parts):
    return '<div class="pair">' + "\n".join(parts) + "</div>"
