"""What this room adds to the office. Registration only; the views are in certification/admin/."""

from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from certification.admin import bodies, issuing_urls, keys_urls, register_urls
from certification.admin.access import KEEPERS, READERS
from certification.admin.issuing import VIEWERS
from certification.admin.keys import KEEPERS_OF_KEYS
from lms.people import roles


class ForRoles(MenuItem):
    """A menu item that only users of some roles see."""

    def __init__(self, label, url, allowed, **kwargs):
        super().__init__(label, url, **kwargs)
        self.allowed = allowed

    def is_shown(self, request):
        return roles.has_role(request.user, *self.allowed)


@hooks.register("register_admin_urls")
def register_pages():
    return [
        path("register/", include(register_urls)),
        path("certificates/", include(issuing_urls)),
        path("keys/", include(keys_urls)),
    ]


@hooks.register("register_admin_viewset")
def bodies_and_signatories():
    return [bodies.BodyViewSet(), bodies.SignatoryViewSet()]


@hooks.register("register_admin_menu_item")
def register_menu():
    items = [
        ForRoles(
            _("Licences"), reverse("register:list"), READERS, name="licences", icon_name="clipboard-list", order=1
        ),
        ForRoles(_("People"), reverse("register:people"), READERS, name="people", icon_name="group", order=2),
        ForRoles(_("Import"), reverse("register:files"), KEEPERS, name="register-files", icon_name="upload", order=3),
        ForRoles(_("Issuing bodies"), reverse("bodies:index"), READERS, name="bodies", icon_name="home", order=4),
        ForRoles(
            _("Signatories"), reverse("signatories:index"), READERS, name="signatories", icon_name="user", order=5
        ),
    ]
    return SubmenuMenuItem(_("Register"), Menu(items=items), name="register", icon_name="clipboard-list", order=220)


@hooks.register("register_admin_menu_item")
def certificates_menu():
    items = [
        ForRoles(_("Issue"), reverse("issuing:start"), VIEWERS, name="issuing", icon_name="doc-full", order=1),
        ForRoles(
            _("All certificates"),
            reverse("issuing:certificates"),
            VIEWERS,
            name="all-certificates",
            icon_name="clipboard-list",
            order=2,
        ),
        ForRoles(_("Review cases"), reverse("issuing:reviews"), VIEWERS, name="reviews", icon_name="view", order=3),
        ForRoles(_("Renewals"), reverse("issuing:renewals"), VIEWERS, name="renewals", icon_name="history", order=4),
        ForRoles(_("On paper"), reverse("issuing:papers"), VIEWERS, name="papers", icon_name="doc-empty", order=5),
        ForRoles(_("Keys"), reverse("keys:list"), KEEPERS_OF_KEYS, name="keys", icon_name="key", order=9),
        ForRoles(_("Log"), reverse("issuing:log"), VIEWERS, name="certificate-log", icon_name="history", order=6),
        ForRoles(_("Templates"), reverse("issuing:templates"), VIEWERS, name="templates", icon_name="edit", order=7),
        ForRoles(
            _("Verifications"),
            reverse("issuing:verifications"),
            VIEWERS,
            name="verifications",
            icon_name="search",
            order=8,
        ),
    ]
    return SubmenuMenuItem(_("Certificates"), Menu(items=items), name="certificates", icon_name="doc-full", order=230)
