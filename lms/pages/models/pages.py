"""The home page and plain information pages. The rooms above add what they know through ``home_sections``."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index

# Socket: rooms plug in a function (request) -> dict whose result joins the home page's context.
home_sections = []


class HomePage(Page):
    headline = models.CharField(_("headline"), max_length=200)
    lead = models.TextField(_("lead"), blank=True)

    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["pages.InformationPage", "courses.CatalogueIndexPage"]
    template = "pages/home_page.html"
    content_panels = [*Page.content_panels, FieldPanel("headline"), FieldPanel("lead")]

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        for section in home_sections:
            context |= section(request)
        return context


class InformationPage(Page):
    body = RichTextField(_("text"))

    parent_page_types = ["pages.HomePage", "pages.InformationPage"]
    subpage_types = ["pages.InformationPage"]
    template = "pages/information_page.html"
    content_panels = [*Page.content_panels, FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = _("information page")
