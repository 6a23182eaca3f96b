"""The office's brand: our colours. Mark, name and favicon are templates of templates/wagtailadmin/."""

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks

from lms.office import VerificationsPanel, WaitingPanel


@hooks.register("insert_global_admin_css")
def office_colours():
    return format_html('<link rel="stylesheet" href="{}">', static("css/office.css"))


@hooks.register("construct_homepage_panels")
def what_waits(request, panels):
    panels[:0] = [WaitingPanel(request.user), VerificationsPanel(request.user)]


@hooks.register("construct_main_menu")
def without_foreign_help(request, menu_items):
    # Wagtail's help leads to another site in another language; our guides are in docs/.
    menu_items[:] = [item for item in menu_items if item.name != "help"]
