"""Activity blocks: what a lesson asks. Nothing here is graded; assessments are elsewhere."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks


class CaseBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=200)
    story = blocks.RichTextBlock(label=_("Case"), features=["bold", "italic", "ul"])
    question = blocks.TextBlock(label=_("Question to reflect on"))
    hint = blocks.RichTextBlock(label=_("Shown on request"), features=["bold", "italic", "ul"], required=False)

    class Meta:
        icon = "user"
        label = _("Case vignette")
        template = "blocks/case.html"


class KnowledgeCheckBlock(blocks.StructBlock):
    question = blocks.TextBlock(label=_("Question"))
    multiple = blocks.BooleanBlock(label=_("Several answers are right"), required=False)
    options = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("text", blocks.CharBlock(label=_("Answer"), max_length=400)),
                ("correct", blocks.BooleanBlock(label=_("Right"), required=False)),
            ]
        ),
        label=_("Answers"),
        min_num=2,
        max_num=8,
    )
    feedback = blocks.TextBlock(label=_("Explanation"), required=False)

    class Meta:
        icon = "help"
        label = _("Knowledge check")
        template = "blocks/knowledge_check.html"
