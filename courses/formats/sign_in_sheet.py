"""The sign-in sheet on paper: A4, the header on every page, page x of y, room for signatures."""

from lms.kernel import fonts, pdf

STYLE = """
@page { size: A4 portrait; margin: 14mm 12mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt "IBM Plex Sans", sans-serif; } }
.sheet { font: 10pt/1.3 "IBM Plex Sans", system-ui, sans-serif; color: #111; background: #fff; }
.sheet table { width: 100%; border-collapse: collapse; }
.sheet thead { display: table-header-group; }
.sheet tr { break-inside: avoid; }
.sheet th, .sheet td { border: 0.5pt solid #555; padding: 1.5mm 2mm; text-align: left; vertical-align: middle; }
.sheet td { height: 9mm; }
.sheet .sheet__top { border: 0; padding: 0 0 3mm; font-weight: 400; }
.sheet .sheet__title { font-size: 13pt; font-weight: 600; }
.sheet .sheet__code { font-family: "IBM Plex Mono", monospace; font-size: 9pt; }
.sheet .sheet__number { width: 8mm; text-align: right; }
.sheet .sheet__time { width: 16mm; }
.sheet .sheet__signature { width: 52mm; }
.sheet .sheet__end { margin-top: 8mm; break-inside: avoid; }
.sheet .sheet__end td { border: 0; border-top: 0.5pt solid #555; padding-top: 1mm; }
.sheet small { color: #444; }
"""


def as_pdf(html: str) -> bytes:
    """The rendered page ``html`` as a PDF with its fonts embedded."""
    return pdf.render(
        html,
        stylesheets=[STYLE],
        faces=((fonts.SANS, 400, "normal"), (fonts.SANS, 600, "normal"), (fonts.MONO, 400, "normal")),
    )
