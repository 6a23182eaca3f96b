"""Content blocks: what a lesson says. Each has a template named like it in templates/blocks/."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link"]


class TextBlock(blocks.RichTextBlock):
    def __init__(self, **kwargs):
        super().__init__(features=_FEATURES, **kwargs)

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        template = "blocks/text.html"


class ImageBlock(blocks.StructBlock):
    image = ImageChooserBlock(label=_("Image"))
    alt = blocks.CharBlock(
        label=_("What the image shows"), max_length=300, help_text=_("For those who cannot see it. Required.")
    )
    caption = blocks.CharBlock(label=_("Caption"), max_length=300, required=False)

    class Meta:
        icon = "image"
        label = _("Image")
        template = "blocks/image.html"


class VideoBlock(blocks.StructBlock):
    video = DocumentChooserBlock(label=_("Video file"), help_text=_("MP4 or WebM."))
    captions = DocumentChooserBlock(label=_("Captions"), help_text=_("A WebVTT file (.vtt). Required."))
    title = blocks.CharBlock(label=_("Title"), max_length=200)
    transcript = blocks.TextBlock(label=_("Transcript"), required=False)

    class Meta:
        icon = "media"
        label = _("Video")
        template = "blocks/video.html"


class DocumentBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label=_("Document"))
    description = blocks.CharBlock(label=_("What it is"), max_length=300)

    class Meta:
        icon = "doc-full"
        label = _("Document")
        template = "blocks/document.html"


class CalloutBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        label=_("Kind"), choices=[("note", _("Note")), ("warning", _("Take care")), ("law", _("Law"))], default="note"
    )
    title = blocks.CharBlock(label=_("Title"), max_length=200)
    text = blocks.RichTextBlock(label=_("Text"), features=["bold", "italic", "ul", "ol", "link"])

    class Meta:
        icon = "warning"
        label = _("Callout")
        template = "blocks/callout.html"


class DefinitionListBlock(blocks.StructBlock):
    items = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("term", blocks.CharBlock(label=_("Term"), max_length=200)),
                ("definition", blocks.TextBlock(label=_("Meaning"))),
            ]
        ),
        label=_("Terms"),
        min_num=1,
    )

    class Meta:
        icon = "list-ul"
        label = _("Definitions")
        template = "blocks/definitions.html"


class ChecklistBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=200)
    items = blocks.ListBlock(blocks.CharBlock(label=_("Item"), max_length=400), label=_("Items"), min_num=1)

    class Meta:
        icon = "tick"
        label = _("Checklist")
        template = "blocks/checklist.html"


class TableBlock(blocks.StructBlock):
    caption = blocks.CharBlock(label=_("Caption"), max_length=300)
    header = blocks.ListBlock(blocks.CharBlock(label=_("Column"), max_length=200), label=_("Header"), min_num=2)
    rows = blocks.ListBlock(
        blocks.ListBlock(blocks.CharBlock(label=_("Cell"), required=False, max_length=500)), label=_("Rows"), min_num=1
    )

    class Meta:
        icon = "table"
        label = _("Table")
        template = "blocks/table.html"

    def clean(self, value):
        cleaned = super().clean(value)
        columns = len(cleaned["header"])
        for number, row in enumerate(cleaned["rows"], 1):
            if len(row) != columns:
                raise blocks.StructBlockValidationError(
                    non_block_errors=[
                        _("Row %(row)d has %(cells)d cells, but the header has %(columns)d. Add or remove cells.")
                        % {"row": number, "cells": len(row), "columns": columns}
                    ]
                )
        return cleaned

    def get_context(self, value, parent_context=None):
        """Each cell beside its column, which a phone shows as a label."""
        context = super().get_context(value, parent_context)
        header = list(value["header"])
        context["lines"] = [list(zip(header, list(row) + [""] * len(header), strict=False)) for row in value["rows"]]
        return context
