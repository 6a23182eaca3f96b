"""Templates of certificates in the office: composing a version with its page beside the form, and approving it."""

import re
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certification.admin.access import for_roles
from certification.admin.issuing import DECIDERS, ISSUERS, VIEWERS, trail
from certification.formats import pictures
from certification.formats.certificate import MissingGlyphs
from certification.formats.labels import label
from certification.models import Signatory, TemplateVersion
from certification.operations import composing, previewing
from certification.rules.look import WORDED, Look, contrast_with_paper
from courses import rounds
from lms.kernel import clock, fonts
from lms.kernel.pdf import WrongLength
from lms.people import roles

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_PICTURES = {
    "logo": gettext_lazy("Logo"),
    "seal": gettext_lazy("Picture of the seal"),
    "first_signature": gettext_lazy("Picture of the signature on the left"),
    "second_signature": gettext_lazy("Picture of the signature on the right"),
}
_WORDS = {
    "certificate": gettext_lazy("Heading"),
    "certifies": gettext_lazy("Before the name"),
    "completed": gettext_lazy("After the name"),
    "note": gettext_lazy("A line of its own, such as the law it rests on"),
}
_LINE = 110  # letters that fit


class ComposeForm(forms.Form):
    """What a version says and shows. Empty wording stands for the one that comes with the layout."""

    accent = forms.CharField(
        label=gettext_lazy("Colour of headings and ornament"), widget=forms.TextInput(attrs={"type": "color"})
    )
    ink = forms.CharField(label=gettext_lazy("Colour of the text"), widget=forms.TextInput(attrs={"type": "color"}))
    first_signatory = forms.ModelChoiceField(
        label=gettext_lazy("Who signs on the left"),
        queryset=Signatory.objects.none(),
        required=False,
        empty_label=gettext_lazy("whoever signs for the Council on the day"),
    )
    second_signatory = forms.ModelChoiceField(
        label=gettext_lazy("Who signs on the right"),
        queryset=Signatory.objects.none(),
        required=False,
        empty_label=gettext_lazy("nobody"),
    )

    def __init__(self, *args, version: TemplateVersion, **kwargs):
        look = version.look
        start: dict[str, Any] = {
            "accent": version.accent,
            "ink": version.ink,
            "first_signatory": version.first_signatory_id,
            "second_signatory": version.second_signatory_id,
        }
        super().__init__(*args, initial=start, **kwargs)
        self.version = version
        for name in ("first_signatory", "second_signatory"):
            self.fields[name].queryset = Signatory.objects.select_related("body")
            self.fields[name].label_from_instance = lambda each: f"{each.name}, {each.post}"
        for key in WORDED:
            for code, _language in settings.LANGUAGES:
                self.fields[f"{key}_{code}"] = forms.CharField(
                    required=False,
                    max_length=_LINE,
                    initial=look.text(key, code),
                    widget=forms.TextInput(
                        attrs={"lang": code, "placeholder": "" if key == "note" else label(key, code)}
                    ),
                )
        for name, told in _PICTURES.items():
            self.fields[name] = forms.FileField(
                label=told, required=False, widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"})
            )
            if getattr(version, name):
                self.fields[f"{name}_away"] = forms.BooleanField(
                    label=_("Without the picture that is there"), required=False
                )

    def wording(self):
        """The text fields as rows: what is worded, and its field in each language."""
        names = dict(settings.LANGUAGES)
        return [(told, [(names[code], self[f"{key}_{code}"]) for code in names]) for key, told in _WORDS.items()]

    def pictures(self):
        """Each picture with the field to hand one in and, where there is one, the field to take it away."""
        return [(self[name], self[f"{name}_away"] if f"{name}_away" in self.fields else None) for name in _PICTURES]

    def _colour(self, name: str, least: float) -> str:
        colour = self.cleaned_data[name].lower()
        if not _COLOUR.fullmatch(colour):
            raise forms.ValidationError(
                _("%(colour)s is no colour. Write it as # and six digits, such as #0a5468.") % {"colour": colour[:20]}
            )
        contrast = contrast_with_paper(colour)
        if contrast < least:
            raise forms.ValidationError(
                _(
                    "%(colour)s is too pale on white paper: %(contrast)s to 1, at least %(least)s are needed. Take a darker one."
                )
                % {"colour": colour, "contrast": f"{contrast:.1f}", "least": f"{least:g}"}
            )
        return colour

    def clean_accent(self):
        return self._colour("accent", 4.5)

    def clean_ink(self):
        return self._colour("ink", 7)

    def clean(self):
        cleaned = super().clean()
        for key in WORDED:
            for code, _language in settings.LANGUAGES:
                name = f"{key}_{code}"
                if missing := fonts.missing_characters(cleaned.get(name) or ""):
                    named = " ".join(f"U+{ord(letter):04X}" for letter in sorted(missing))
                    self.add_error(
                        name,
                        _("The fonts of the certificate have no %(named)s. Write it otherwise.") % {"named": named},
                    )
        for name in _PICTURES:
            if handed := cleaned.get(name):
                try:
                    cleaned[name] = pictures.redrawn(handed.read(pictures.MOST_BYTES + 1))
                except pictures.NotAPicture as error:
                    self.add_error(name, _not_a_picture(error.code))
        if cleaned.get("second_signatory") and not cleaned.get("first_signatory"):
            self.add_error("first_signatory", _("Choose who signs on the left before who signs on the right."))
        if cleaned.get("second_signatory") and cleaned.get("second_signatory") == cleaned.get("first_signatory"):
            self.add_error("second_signatory", _("The same person cannot sign twice."))
        for one in ("first", "second"):
            has_picture = cleaned.get(f"{one}_signature") or (
                getattr(self.version, f"{one}_signature") and not cleaned.get(f"{one}_signature_away")
            )
            if has_picture and not cleaned.get(f"{one}_signatory"):
                self.add_error(f"{one}_signatory", _("Say whose signature the picture shows."))
        return cleaned

    def composed(self) -> dict[str, Any]:
        """What the fields add up to, as ``composing.change`` takes it."""
        values = self.cleaned_data
        texts = {
            key: {code: values[f"{key}_{code}"] for code, _name in settings.LANGUAGES if values[f"{key}_{code}"]}
            for key in WORDED
        }
        return {
            "texts": {key: words for key, words in texts.items() if words},
            "accent": values["accent"],
            "ink": values["ink"],
            "first_signatory_id": values["first_signatory"].pk if values["first_signatory"] else None,
            "second_signatory_id": values["second_signatory"].pk if values["second_signatory"] else None,
            **{name: self._picture(name) for name in _PICTURES},
        }

    def _picture(self, name: str) -> bytes:
        kept = b"" if self.cleaned_data.get(f"{name}_away") else bytes(getattr(self.version, name))
        return self.cleaned_data.get(name) or kept

    def look(self) -> Look:
        composed = self.composed()
        draft = TemplateVersion(**{name: composed[name] for name in composing.COMPOSED})
        return replace(draft.look)


def _not_a_picture(code: str) -> str:
    return {
        "size": _("The picture is larger than 2 MB. Hand in a smaller one."),
        "pixels": _("The picture has more than 16 million pixels. Hand in a smaller one."),
        "kind": _("This is neither PNG nor JPEG. Save the picture as one of these."),
        "broken": _("The picture is cut off or broken. Save it once more."),
    }[code]


@require_safe
@for_roles(*VIEWERS)
def templates(request):
    """Every version: which is used, which waits, which were before."""
    today = clock.local_day()
    versions = list(
        TemplateVersion.objects.select_related("made_by", "approved_by").defer(
            "logo", "seal", "first_signature", "second_signature"
        )
    )
    used = {}
    for each in sorted(versions, key=lambda each: (each.from_on or today, each.number)):
        if each.state == TemplateVersion.State.APPROVED and each.from_on <= today:
            used[each.programme_code] = each.pk
    for each in versions:
        each.is_used = used.get(each.programme_code) == each.pk
        each.is_ahead = bool(each.from_on and each.from_on > today)
    return render(
        request,
        "certification/templates/list.html",
        {
            "breadcrumbs_items": trail((request.path, _("Templates"))),
            "header_title": _("Templates"),
            "header_icon": "doc-full",
            "versions": versions,
            "programmes": sorted({each.programme_code for each in rounds.all_rounds()}),
            "may_compose": roles.has_role(request.user, *ISSUERS),
        },
    )


@require_POST
@for_roles(*ISSUERS)
def begin(request):
    """A new draft: for a programme or for all, from a version that is there or from the built-in look."""
    like = TemplateVersion.objects.filter(pk=request.POST.get("like") or 0).first() if _is_number(request) else None
    programme = like.programme_code if like else request.POST.get("programme", "")
    if programme and programme not in {each.programme_code for each in rounds.all_rounds()}:
        messages.error(request, _("There is no programme %(code)s.") % {"code": programme[:20]})
        return redirect("issuing:templates")
    return redirect("issuing:template", composing.begin(programme, like=like, by=request.user).pk)


def _is_number(request) -> bool:
    return request.POST.get("like", "").isdecimal()


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*VIEWERS)
def template(request, version_id: int):
    """One version with its page: a draft is composed here, any other is only looked at."""
    version = get_object_or_404(
        TemplateVersion.objects.select_related(
            "made_by", "approved_by", "first_signatory__body", "second_signatory__body"
        ),
        pk=version_id,
    )
    is_draft = version.state == TemplateVersion.State.DRAFT
    may_compose = roles.has_role(request.user, *ISSUERS)
    form = None
    if is_draft and may_compose:
        form = ComposeForm(request.POST or None, request.FILES or None, version=version)
        if request.method == "POST" and form.is_valid():
            return _saved(request, version, form)
    title = _title(version)
    language = _language(request)
    return render(
        request,
        "certification/templates/version.html",
        {
            "breadcrumbs_items": trail((reverse("issuing:templates"), _("Templates")), (request.path, title)),
            "header_title": title,
            "header_icon": "doc-full",
            "version": version,
            "form": form,
            "texts": [(told, version.texts.get(key, {})) for key, told in _WORDS.items() if version.texts.get(key)],
            "language": language,
            "languages": settings.LANGUAGES,
            "today": clock.local_day(),
            "is_own": version.made_by_id == request.user.pk,
            "may_compose": may_compose,
            "may_decide": roles.has_role(request.user, *DECIDERS),
        },
    )


def _saved(request, version: TemplateVersion, form: ComposeForm):
    try:
        composing.change(version, form.composed(), by=request.user)
        if request.POST.get("act") == "ask":
            composing.ask(version)
            messages.success(request, _("Handed over. Another officer or a commission member approves it."))
    except composing.ComposingRefused as error:
        messages.error(request, str(error))
    return redirect(f"{reverse('issuing:template', args=[version.pk])}?language={_language(request)}")


@require_POST
@for_roles(*DECIDERS)
def decide(request, version_id: int):
    """Approve what waits from a day on, or send it back."""
    version = get_object_or_404(TemplateVersion, pk=version_id)
    try:
        if request.POST.get("answer") == "approve":
            from_on = forms.DateField(input_formats=["%Y-%m-%d", "%d.%m.%Y"]).clean(request.POST.get("from_on", ""))
            composing.approve(version, from_on=from_on, by=request.user)
            messages.success(
                request, _("Approved. It is used from the day you entered; what was issued stays as it is.")
            )
        else:
            composing.send_back(version)
            messages.success(request, _("Sent back; it can be changed again."))
    except forms.ValidationError:
        messages.error(request, _("Enter the day from which it is used, as 2026-12-31 or 31.12.2026."))
    except composing.ComposingRefused as error:
        messages.error(request, str(error))
    return redirect("issuing:template", version_id)


@require_POST
@for_roles(*ISSUERS)
def remove(request, version_id: int):
    try:
        composing.remove(get_object_or_404(TemplateVersion, pk=version_id))
    except composing.ComposingRefused as error:
        messages.error(request, str(error))
        return redirect("issuing:template", version_id)
    messages.success(request, _("The draft is removed."))
    return redirect("issuing:templates")


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*VIEWERS)
def preview(request, version_id: int, kind: str):
    """The page as a picture or a PDF; by POST with what stands in the form and is not saved."""
    version = get_object_or_404(TemplateVersion, pk=version_id)
    look = version.look
    if request.method == "POST":
        form = ComposeForm(request.POST, request.FILES, version=version)
        if not form.is_valid():
            problems = [text for errors in form.errors.values() for text in errors]
            return HttpResponse("\n".join(problems), content_type="text/plain; charset=utf-8", status=422)
        look = form.look()
    try:
        content = previewing.pdf(look, _language(request))
    except MissingGlyphs as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8", status=422)
    except WrongLength:
        told = _("The page does not fit on one sheet. Shorten the wording.")
        return HttpResponse(told, content_type="text/plain; charset=utf-8", status=422)
    if kind == "pdf":
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = 'inline; filename="preview.pdf"'
    else:
        response = HttpResponse(previewing.picture(content), content_type="image/png")
    response["Cache-Control"] = "private, no-store"
    return response


def _title(version: TemplateVersion) -> str:
    if version.programme_code:
        return _("Template for %(programme)s, version %(number)s") % {
            "programme": version.programme_code,
            "number": version.number,
        }
    return _("Template for all programmes, version %(number)s") % {"number": version.number}


def _language(request) -> str:
    """The language in which the page is shown: the chosen one, else the officer's."""
    known = dict(settings.LANGUAGES)
    chosen = request.POST.get("language") or request.GET.get("language") or get_language()
    return chosen if chosen in known else settings.LANGUAGE_CODE
