"""The way a certificate is made without a thought for its cost: the yardstick for what the product does.

Style in the page, flowing boxes and tables, a large picture of the square code, the fonts loaded for each page, the key
read from its file for each signature.
"""

import asyncio
import base64
import io
from html import escape
from pathlib import Path

import segno
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from weasyprint import HTML, Attachment

from certification.formats import sealing
from certification.formats.labels import label, long_date
from certification.rules.numbering import grouped
from lms.kernel import clock, fonts
from lms.kernel.languages import localized


def html(facts: dict, address: str) -> str:
    """The same statements as on the product's own page."""
    language = facts["language"]
    faces = "".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};'
        f'src:url("{fonts.path(family, weight, style).as_uri()}")}}'
        for family, weight, style in (
            (fonts.SERIF, 400, "normal"),
            (fonts.SERIF, 400, "italic"),
            (fonts.SERIF, 600, "normal"),
            (fonts.MONO, 400, "normal"),
        )
    )
    days = "".join(
        f"<tr><td>{escape(day['on'])}</td><td>{escape(localized(day['place'], language))}</td>"
        f"<td>{escape(localized(day['titles'], language))}</td></tr>"
        for day in facts["days"]
    )
    signatories = "".join(
        f"<div><p>{escape(each['name'])}</p><p>{escape(localized(each['posts'], language))}</p></div>"
        for each in facts["signatories"]
    )
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="png", scale=8)
    code = base64.b64encode(picture.getvalue()).decode()
    issuer = escape(localized(facts["issuer"]["names"], language))
    return f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{facts["number"]}</title><style>
{faces}
@page {{ size: A4 landscape; margin: 12mm }}
body {{ font: 9pt/1.3 "{fonts.SERIF}"; display: flex; flex-direction: column; align-items: center; text-align: center }}
h1 {{ font-size: 28pt; letter-spacing: 6pt; text-transform: uppercase; margin: 2mm }}
h2 {{ font-size: 18pt; margin: 2mm }} .name {{ font-size: 32pt; font-weight: 600; margin: 2mm }}
em {{ font-size: 8pt }} table {{ border-collapse: collapse; margin: 2mm auto }} td {{ padding: .3mm 3mm; border-bottom: .2mm solid #999 }}
.foot {{ display: flex; width: 100%; justify-content: space-between; align-items: flex-end }}
.foot div {{ margin: 0 4mm }} code {{ font-family: "{fonts.MONO}" }} img {{ width: 35mm }}
</style></head><body><p>{issuer}</p><h1>{label("certificate", language)}</h1><p>{label("certifies", language)}</p>
<p class="name">{escape(facts["holder"]["printed"])}</p><p>{label("completed", language)}</p>
<h2>{escape(localized(facts["programme"]["titles"], language))}</h2><table>{days}</table>
<p><em>{long_date(clock.local_day(), language)} · {issuer} · {escape(facts["serial"])}</em></p>
<div class="foot">{signatories}<div><code>{grouped(facts["number"])}</code></div>
<img src="data:image/png;base64,{code}" alt="{label("qr", language)}"></div></body></html>"""


def render(facts: dict, address: str, credential: bytes) -> bytes:
    return HTML(string=html(facts, address)).write_pdf(
        attachments=[Attachment(string=credential, name="credential.json")], pdf_variant="pdf/a-3a", pdf_tags=True
    )


class KeyFiles:
    """A seal's key and certificates as files, for a signer that reads them anew each time."""

    def __init__(self, folder: Path, seal: sealing.DemonstrationSeal):
        self.key, self.certificate, self.root = (folder / name for name in ("key.pem", "seal.pem", "root.pem"))
        for path, content in ((self.key, seal.private), (self.certificate, seal.certificate), (self.root, seal.root)):
            path.write_bytes(content)

    def sign(self, document: bytes, field: str = "Seal") -> bytes:
        """pyHanko's SimpleSigner with its defaults."""
        signer = signers.SimpleSigner.load(str(self.key), str(self.certificate), ca_chain_files=(str(self.root),))
        meta = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
        writer = IncrementalPdfFileWriter(io.BytesIO(document))
        return asyncio.run(signers.PdfSigner(meta, signer).async_sign_pdf(writer)).getvalue()
