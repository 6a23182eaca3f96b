"""The living gallery: every token and every component with its contract, in light and dark. Development only."""

from datetime import date
from pathlib import Path

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.pages import tokens


class SampleForm(forms.Form):
    """One field of each kind, as components/field.html shows it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["number"] = forms.CharField(
            label=_("Licence number"), help_text=_("It stands on your licence, for example L-0123.")
        )
        self.fields["email"] = forms.EmailField(label=_("E-mail"))
        self.fields["place"] = forms.ChoiceField(
            label=_("Place"), choices=[("pe", "Pejë"), ("pz", "Prizren")], required=False
        )
        self.fields["mode"] = forms.ChoiceField(
            label=_("How you take part"),
            choices=[("w", _("in a workshop")), ("o", _("online"))],
            widget=forms.RadioSelect,
        )
        self.fields["remark"] = forms.CharField(label=_("Remark"), widget=forms.Textarea({"rows": 3}), required=False)
        self.fields["agree"] = forms.BooleanField(label=_("I have read the rules of completion"), required=False)


def _samples(prefix: str) -> list[tuple[str, list[dict]]]:
    """What each component is shown with. ``prefix`` keeps the ids of the light and the dark half apart."""
    form = SampleForm({"email": "arta"}, auto_id=f"{prefix}_%s")
    cover = {"label": _("Training days"), "text": _("4 of 6 days")}
    return [
        ("logo", [{}]),
        (
            "button",
            [
                {"label": _("Enrol")},
                {"label": _("See the dates"), "kind": "secondary"},
                {"label": _("Not now"), "kind": "quiet"},
                {"label": _("Revoke"), "kind": "danger", "icon": "ban"},
                {"label": _("Send"), "disabled": True},
                {"label": _("Next"), "size": "small", "icon": "arrow-right"},
            ],
        ),
        (
            "badge",
            [
                {"text": _("online")},
                {"text": _("accredited"), "kind": "valid", "icon": "check"},
                {"text": _("day 4 missing"), "kind": "needs"},
                {"text": _("revoked"), "kind": "not-valid"},
                {"text": _("new"), "kind": "voice"},
            ],
        ),
        (
            "standing",
            [
                {
                    "standing": "valid",
                    "word": _("Valid"),
                    "sentence": _("This certificate was issued and holds today."),
                    "level": 3,
                },
                {
                    "standing": "expired",
                    "word": _("Expired"),
                    "sentence": _("It was valid until 31.12.2025."),
                    "level": 3,
                },
                {
                    "standing": "revoked",
                    "word": _("Revoked"),
                    "sentence": _("The Council has taken it back."),
                    "level": 3,
                },
            ],
        ),
        (
            "card",
            [
                {
                    "title": _("Working with families"),
                    "url": "#",
                    "meta": _("6 days · 36 hours"),
                    "text": _("How to listen, plan and stay beside a family in a difficult year."),
                    "badge": _("accredited"),
                    "badge_kind": "valid",
                    "foot": "Pejë",
                    "level": 3,
                }
            ],
        ),
        ("field", [{"field": form[name]} for name in form.fields]),
        ("form", [{"form": SampleForm(auto_id=f"{prefix}_form_%s"), "submit": _("Send")}]),
        ("errors", [{"errors": [_("The two dates contradict each other. Correct one of them.")]}]),
        (
            "alert",
            [
                {"text": _("The venue has changed to the municipal library."), "kind": "info"},
                {
                    "title": _("Day 4 is missing"),
                    "text": _("You can make it up in Pejë on 12 May."),
                    "kind": "needs",
                    "url": "#",
                    "link": _("Book the day"),
                },
                {"text": _("Your licence is in force until 30.11.2027."), "kind": "valid"},
                {"text": _("The number has a typing error: check the third group."), "kind": "not-valid"},
            ],
        ),
        ("toast", [{"text": _("Saved."), "kind": "valid"}]),
        (
            "table",
            [
                {
                    "caption": _("Participants"),
                    "columns": [
                        {"label": _("Name")},
                        {"label": _("Place")},
                        {"label": _("Days"), "num": True},
                        {"label": _("State")},
                    ],
                    "rows": [
                        [
                            {"text": "Arta Gashi", "url": "#"},
                            "Pejë",
                            "6",
                            {"badge": _("complete"), "kind": "valid"},
                        ],
                        [
                            {"text": "Љубица Ђорђевић", "url": "#"},
                            "Gračanica",
                            "5",
                            {"badge": _("day 4 missing"), "kind": "needs"},
                        ],
                    ],
                }
            ],
        ),
        ("pager", [{"page": Paginator(range(120), 25).page(2), "label": f"{prefix} list"}]),
        ("steps", [{"steps": [_("Choose"), _("Check"), _("Confirm")], "current": 2}]),
        ("progress", [{"done": 3, "total": 8, "label": _("Lessons read")}]),
        ("meter", [{"value": 4, "max": 6, "kind": "needs", **cover}]),
        (
            "ring",
            [{"value": 17, "max": 24, "number": "17", "text": _("of 24 hours in this licence cycle"), "kind": "valid"}],
        ),
        ("stat", [{"number": "257", "label": _("certificates this year")}]),
        (
            "tabs",
            [
                {
                    "label": _("Programme"),
                    "tabs": [
                        {"id": f"{prefix}-days", "title": _("Days"), "text": _("Six days in three workshops.")},
                        {"id": f"{prefix}-places", "title": _("Places"), "text": _("Six places, one near you.")},
                    ],
                }
            ],
        ),
        (
            "dialog",
            [
                {
                    "id": f"{prefix}-dialog",
                    "title": _("Issue 257 certificates?"),
                    "text": _("They are numbered, sealed and sent. This cannot be undone."),
                    "submit": _("Issue 257"),
                }
            ],
        ),
        (
            "empty",
            [
                {
                    "title": _("No trainings yet"),
                    "text": _("Here you see the trainings you take part in."),
                    "url": "#",
                    "action": _("See the trainings"),
                    "icon": "sprout",
                    "level": 3,
                }
            ],
        ),
        (
            "breadcrumb",
            [
                {
                    "trail": [{"title": _("Trainings"), "url": "#"}, {"title": _("Families"), "url": "#"}],
                    "label": f"{prefix} way",
                }
            ],
        ),
        ("dateblock", [{"date": date(2027, 5, 12)}]),
        ("icon", [{"name": "map-pin"}, {"name": "clock", "label": _("Duration")}]),
        ("drawer", [{"title": _("Filters"), "template": "design/filters.html", "count": 2}]),
        (
            "timeline",
            [
                {
                    "items": [
                        {"title": _("Principles of social work"), "when": _("Day 1"), "state": "done"},
                        {"title": _("Standards"), "when": _("Day 2"), "state": "now", "text": _("In Pejë, 09:00.")},
                        {"title": _("Families"), "when": _("Day 3"), "state": "needs", "text": _("Not booked.")},
                    ]
                }
            ],
        ),
        ("code", [{"number": "7K2M-9QXD-4HTR"}, {"number": "7K2M9QXD4HTR", "large": "yes"}]),
    ]


def _contract(name: str) -> str:
    """The first line of a component's template, which says what it takes."""
    first = (Path(settings.BASE_DIR) / "templates" / "components" / f"{name}.html").read_text().partition("#}")[0]
    return first.removeprefix("{#").strip()


def _shown(name: str, contexts: list[dict], request) -> str:
    return "\n".join(render_to_string(f"components/{name}.html", context, request=request) for context in contexts)


@require_safe
def gallery(request):
    if not settings.SHOW_DESIGN:
        raise Http404
    schemes = tokens.read(Path(settings.BASE_DIR) / "static" / "css" / "tokens.css")
    light, dark = _samples("light"), _samples("dark")
    components = [
        {
            "name": name,
            "contract": _contract(name),
            "halves": [("light", _shown(name, contexts, request)), ("dark", _shown(name, other, request))],
        }
        for (name, contexts), (_name, other) in zip(light, dark, strict=True)
    ]
    palettes = [
        (scheme, [(name, value) for name, value in tokens.colours(values).items()])
        for scheme, values in schemes.items()
    ]
    sizes = {
        kind: [(name, value) for name, value in schemes["light"].items() if name.startswith(prefix)]
        for kind, prefix in (("text", "text-"), ("space", "s"))
    }
    sizes["space"] = [(name, value) for name, value in sizes["space"] if name[1:].isdigit()]
    context = {"components": components, "palettes": palettes, "sizes": sizes, "schemes": schemes}
    return render(request, "design/gallery.html", context)
