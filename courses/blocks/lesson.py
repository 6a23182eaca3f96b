"""The lesson: every block an author may use, in the order an author meets them."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from courses.blocks import activities, content


class LessonBlock(blocks.StreamBlock):
    text = content.TextBlock()
    image = content.ImageBlock()
    video = content.VideoBlock()
    document = content.DocumentBlock()
    callout = content.CalloutBlock()
    definitions = content.DefinitionListBlock()
    checklist = content.ChecklistBlock()
    table = content.TableBlock()
    case = activities.CaseBlock()
    knowledge_check = activities.KnowledgeCheckBlock()

    class Meta:
        label = _("Lesson")
