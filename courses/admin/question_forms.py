"""The forms of the question bank: a question in every language, and the conditions of an assessment."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.admin.codes import tidy_code
from courses.models import Assessment, ModulePage, Question, QuestionVersion
from courses.operations import questions
from courses.operations.questions import Content, Option

OPTION_KEYS = "abcdef"


def module_choices() -> list[tuple[str, str]]:
    """Every module that has a page, questions or an assessment: its code and, where it has a page, its title."""
    titles: dict[str, str] = {}
    for code, title in ModulePage.objects.order_by("locale").values_list("code", "title"):
        titles.setdefault(code, title)
    for model in (Question, Assessment):
        for code in model.objects.order_by().values_list("module_code", flat=True).distinct():
            titles.setdefault(code, "")
    return [(code, f"{code} – {title}" if title else code) for code, title in sorted(titles.items())]


class QuestionForm(forms.Form):
    """A question in every language. Saving makes a new version; what attempts have used stays as it was."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=40, help_text=gettext_lazy("Such as M1-Q16."))
    module_code = forms.ChoiceField(label=gettext_lazy("Module"))
    outcome = forms.CharField(label=gettext_lazy("Learning outcome"), max_length=20, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Answers"), choices=QuestionVersion.Kind.choices)
    difficulty = forms.TypedChoiceField(
        label=gettext_lazy("Difficulty"),
        coerce=int,
        initial=2,
        choices=[(1, gettext_lazy("easy")), (2, gettext_lazy("medium")), (3, gettext_lazy("hard"))],
    )

    def __init__(self, *args, question=None, version=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.keys = list(OPTION_KEYS)
        content = questions.content_of(version) if version else None
        if content:
            self.keys = list(dict.fromkeys([*(option.key for option in content.options), *OPTION_KEYS]))
        self.fields["module_code"].choices = module_choices()
        if question:
            del self.fields["code"], self.fields["module_code"]
            self.fields["outcome"].initial = question.outcome
        options = {option.key: option for option in content.options} if content else {}
        for key in self.keys:
            option = options.get(key)
            self.fields[f"correct_{key}"] = forms.BooleanField(
                required=False,
                initial=bool(option and option.is_correct),
                label=_("Option %(key)s is right") % {"key": key},
            )
        for language, name in settings.LANGUAGES:
            texts = [
                ("vignette", _("Case"), content.vignettes if content else {}, 3),
                ("stem", _("Question"), content.stems if content else {}, 2),
            ]
            texts += [
                (f"option_{key}", _("Option %(key)s") % {"key": key}, options[key].texts if key in options else {}, 2)
                for key in self.keys
            ]
            texts.append(("rationale", _("Explanation"), content.rationales if content else {}, 3))
            for field, label, values, lines in texts:
                self.fields[f"{field}__{language}"] = forms.CharField(
                    label=f"{label} · {name}",
                    required=False,
                    max_length=4000,
                    initial=values.get(language, ""),
                    widget=forms.Textarea(attrs={"rows": lines, "lang": language}),
                )
        if content:
            self.fields["kind"].initial, self.fields["difficulty"].initial = content.kind, content.difficulty

    def general(self):
        return [self[name] for name in ("code", "module_code", "outcome", "kind", "difficulty") if name in self.fields]

    def correct(self):
        return [self[f"correct_{key}"] for key in self.keys]

    def by_language(self):
        names = ["vignette", "stem", *(f"option_{key}" for key in self.keys), "rationale"]
        return [
            {
                "name": name,
                "fields": [self[f"{field}__{language}"] for field in names],
                "is_open": position < 2 or bool(self[f"stem__{language}"].value()),
            }
            for position, (language, name) in enumerate(sorted(settings.LANGUAGES, key=self._first))
        ]

    def _first(self, language):
        """Albanian and English are written first; the others follow where somebody translates."""
        return ["sq", "en", "sr-latn", "sr"].index(language[0]) if language[0] in ("sq", "en", "sr-latn", "sr") else 9

    def content(self) -> Content:
        said = self.cleaned_data

        def texts(field):
            return {language: said[f"{field}__{language}"] for language, _name in settings.LANGUAGES}

        return Content(
            kind=said["kind"],
            stems=texts("stem"),
            options=[
                Option(key, said[f"correct_{key}"], texts(f"option_{key}"))
                for key in self.keys
                if said[f"correct_{key}"] or any(text.strip() for text in texts(f"option_{key}").values())
            ],
            vignettes=texts("vignette"),
            rationales=texts("rationale"),
            difficulty=said["difficulty"],
        )


class AssessmentForm(forms.ModelForm):
    class Meta:
        model = Assessment
        fields = ("code", "module_code", "questions_per_attempt", "pass_mark", "attempts_allowed", "minutes")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["module_code"] = forms.ChoiceField(
            label=_("Questions from module"), choices=module_choices(), initial=self.instance.module_code
        )
        if self.instance.pk:
            self.fields["code"].disabled = True
        for language, name in settings.LANGUAGES:
            self.fields[f"title__{language}"] = forms.CharField(
                label=_("Title in %(language)s") % {"language": name},
                required=language in ("sq", "en"),
                max_length=200,
                initial=self.instance.titles.get(language, ""),
            )

    def clean_code(self):
        return tidy_code(self.cleaned_data["code"])

    def clean_pass_mark(self):
        mark = self.cleaned_data["pass_mark"]
        if not 0 < mark <= 100:
            raise forms.ValidationError(_("The pass mark is a percentage above 0 and up to 100."))
        return mark

    def clean(self):
        said = super().clean()
        module_code, needed = said.get("module_code"), said.get("questions_per_attempt")
        if said.get("attempts_allowed") == 0:
            self.add_error("attempts_allowed", _("Allow at least one attempt."))
        if said.get("minutes") == 0:
            self.add_error("minutes", _("Give at least one minute, or leave it empty for no limit."))
        if module_code and needed is not None:
            held = Question.objects.filter(module_code=module_code, retired_at__isnull=True).count()
            if not 0 < needed <= held:
                self.add_error(
                    "questions_per_attempt",
                    _("The bank holds %(count)s questions of this module. Ask for 1 to %(count)s.") % {"count": held},
                )
        return said

    def save(self, commit=True):
        self.instance.titles = {
            language: self.cleaned_data[f"title__{language}"].strip()
            for language, _name in settings.LANGUAGES
            if self.cleaned_data[f"title__{language}"].strip()
        }
        return super().save(commit)
