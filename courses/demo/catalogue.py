"""The demo catalogue as Wagtail pages: lessons in Albanian and English, the rest also in both Serbian scripts."""

from functools import cache
from pathlib import Path
from uuid import UUID, uuid5

import yaml
from django.conf import settings
from django.utils.text import slugify
from wagtail.models import Locale, Page, Site

from courses.models import Assessment, CatalogueIndexPage, LessonPage, ModulePage, ProgrammePage
from courses.models.catalogue import (
    Audience,
    Mode,
    ModuleOutcome,
    ProgrammeModule,
    ProgrammeOutcome,
    Topic,
    TrainingDay,
)
from courses.operations import questions
from lms.kernel.search_names import to_latin
from lms.pages.models import HomePage, InformationPage

_CONTENT = Path(__file__).parent / "content"
_NAMESPACE = UUID("5b0c1f0e-2f5a-4a53-9a55-6f7d3f0c0d01")  # of the demo; keeps translation keys the same every time
_MODES = {"REF": Mode.WORKSHOP, "ACC": Mode.ONLINE, "MGT": Mode.MIXED, "MQS": Mode.MIXED, "KLOS": Mode.WORKSHOP}
_TOPICS = {
    "REF": [Topic.PRINCIPLES, Topic.STANDARDS, Topic.FAMILIES, Topic.CHILDREN, Topic.DISABILITY, Topic.OLDER_PERSONS],
    "ACC": [Topic.PRINCIPLES, Topic.STANDARDS, Topic.FAMILIES, Topic.CHILDREN, Topic.DISABILITY, Topic.OLDER_PERSONS],
    "MGT": [Topic.MANAGEMENT],
    "MQS": [Topic.STANDARDS],
    "KLOS": [Topic.COMMUNITY],
}
_MODULES = {
    "REF": [],
    "ACC": ["SW-M1", "SW-M2", "SW-M3", "SW-M4", "SW-M5"],
    "MGT": ["SW-MG"],
    "MQS": ["SW-M2"],
    "KLOS": [],
}
_OPEN = {"ACC", "MQS"}
_HOME = {
    "sq": ("Dëshmi", "Trajnime për punën sociale. Certifikata që e dëshmojnë veten.", "Për punëtorët socialë, trajnerët dhe Këshillin: modulet, punëtoritë, pjesëmarrja dhe certifikatat në një vend."),
    "en": ("Dëshmi", "Training for social work. Certificates that prove themselves.", "For social workers, trainers and the Council: modules, workshops, attendance and certificates in one place."),
    "sr": ("Dëshmi", "Обуке за социјални рад. Сертификати који сами себе доказују.", "За социјалне раднике, тренере и Савет: модули, радионице, присуство и сертификати на једном месту."),
}  # fmt: skip
_CATALOGUE = {
    "sq": ("Trajnimet", "trajnimet", "<p>Programet, punëtoritë dhe modulet online për punën sociale.</p>"),
    "en": ("Training", "trajnimet", "<p>Programmes, workshops and online modules for social work.</p>"),
    "sr": ("Обуке", "trajnimet", "<p>Програми, радионице и онлајн модули за социјални рад.</p>"),
}
_ABOUT = {
    "sq": ("Si ta besojmë një certifikatë", "<h2>Çfarë shikon kur verifikon</h2><p>Numri tregon programin, datat dhe gjendjen e certifikatës. Me kodin e qasjes, që është i shtypur vetëm në dokument, shihen edhe emri dhe të gjitha të dhënat.</p><h2>Pse nuk mund të ndryshohet</h2><p>Të dhënat u nënshkruan në ditën e lëshimit. Nëse dikush ndryshon një shkronjë, verifikimi e tregon.</p><h2>Çfarë nuk thotë</h2><p>Certifikata dëshmon përfundimin e trajnimit. Nëse licenca është në fuqi sot, tregohet veçmas.</p>"),
    "en": ("Why a certificate can be believed", "<h2>What you see when you verify</h2><p>The number shows the programme, the dates and the certificate’s standing. With the access code, which is printed on the document only, you also see the name and every fact.</p><h2>Why it cannot be altered</h2><p>The facts were signed on the day of issue. If anybody changes a single letter, verification shows it.</p><h2>What it does not say</h2><p>A certificate shows that training was completed. Whether a licence is in force today is shown separately.</p>"),
    "sr": ("Зашто се сертификату може веровати", "<h2>Шта видите при провери</h2><p>Број показује програм, датуме и стање сертификата. Уз приступни код, који је одштампан само на документу, виде се и име и сви подаци.</p><h2>Зашто се не може изменити</h2><p>Подаци су потписани на дан издавања. Ако ико промени једно слово, провера то показује.</p><h2>Шта не каже</h2><p>Сертификат показује да је обука завршена. Да ли је лиценца данас важећа, приказује се посебно.</p>"),
}  # fmt: skip


def key_of(name: str) -> UUID:
    return uuid5(_NAMESPACE, name)


@cache
def read(name: str):
    """The content of a demo file. Reading takes seconds in all, so each is read once; nobody changes what it holds."""
    return yaml.safe_load((_CONTENT / name).read_text(encoding="utf-8"))


def text_in(texts: dict, language: str) -> str:
    """The text of a demo file in ``language``; Serbian Latin is transcribed from Cyrillic. "" where there is none."""
    if language == "sr-latn":
        return texts.get("sr_latn") or to_latin(texts.get("sr_cyrl", ""))
    return texts.get({"sr": "sr_cyrl"}.get(language, language), "")


def load() -> None:
    """Put every page and question of the demo in place. Pages that exist are left as their authors made them."""
    for module in read("modules.yaml")["modules"]:
        load_assessment(module)
        for question in module["questions"]:
            questions.load_question(question, module_code=module["code"])
    if CatalogueIndexPage.objects.filter(translation_key=key_of("catalogue")).exists():
        return
    # Before languages are kept in step with each other, or Wagtail's welcome page would be copied into each.
    locales = {code: Locale.objects.get_or_create(language_code=code)[0] for code, _name in settings.LANGUAGES}
    for language in ("sq", "en", "sr", "sr-latn"):
        _load_frame(locales[language])
    for language in ("sq", "en", "sr", "sr-latn"):
        for module in read("modules.yaml")["modules"]:
            _load_module(module, locales[language])
    for language in ("sq", "en", "sr", "sr-latn"):
        for programme in read("programmes.yaml"):
            _load_programme(programme, locales[language])


def load_assessment(module: dict) -> None:
    """Ten questions, thirty minutes, three attempts, 70 per cent: demo values."""
    Assessment.objects.get_or_create(
        code=module["code"],
        defaults={
            "module_code": module["code"],
            "titles": {language: text_in(module["title"], language) for language in ("sq", "en", "sr", "sr-latn")},
            "questions_per_attempt": 10,
            "pass_mark": 70,
            "attempts_allowed": 3,
            "minutes": 30,
        },
    )


def _load_frame(locale: Locale) -> None:
    """The home page, the catalogue and one information page of one language."""
    language = locale.language_code
    title, headline, lead = _in(_HOME, language)
    root = Page.get_first_root_node()
    home = HomePage(
        title=title,
        slug=f"home-{language}",
        headline=headline,
        lead=lead,
        locale=locale,
        translation_key=key_of("home"),
    )
    root.add_child(instance=home)
    if language == "sq":
        site, _created = Site.objects.get_or_create(
            is_default_site=True, defaults={"hostname": "localhost", "root_page": home}
        )
        site.root_page, site.site_name = home, "Dëshmi"
        site.save()
        Page.objects.filter(depth=2, slug="home", content_type__model="page").delete()  # Wagtail's welcome page
    title, slug, introduction = _in(_CATALOGUE, language)
    home.add_child(
        instance=CatalogueIndexPage(
            title=title,
            slug=slug,
            introduction=introduction,
            locale=locale,
            translation_key=key_of("catalogue"),
            show_in_menus=True,
        )
    )
    title, body = _in(_ABOUT, language)
    home.add_child(
        instance=InformationPage(title=title, slug="besimi", body=body, locale=locale, translation_key=key_of("trust"))
    )


def _in(texts: dict[str, tuple], language: str) -> tuple:
    if language == "sr-latn":
        return tuple(to_latin(text) for text in texts["sr"])
    return texts[language]


def _parent(locale: Locale) -> Page:
    return CatalogueIndexPage.objects.get(translation_key=key_of("catalogue"), locale=locale)


def _load_module(module: dict, locale: Locale) -> None:
    language = locale.language_code
    outcomes = [(row["code"], text_in(row, language)) for row in module["learning_outcomes"]]
    page = ModulePage(
        title=text_in(module["title"], language),
        slug=slugify(module["code"]),
        code=module["code"],
        summary="; ".join(text for _code, text in outcomes[:2]) + ".",
        hours=module["hours"],
        locale=locale,
        translation_key=key_of(module["code"]),
    )
    page.outcomes = [
        ModuleOutcome(code=code, text=text, locale=locale, translation_key=key_of(code), sort_order=position)
        for position, (code, text) in enumerate(outcomes)
    ]
    _parent(locale).add_child(instance=page)
    page.save_revision().publish()
    if language not in ("sq", "en"):
        return  # the lessons themselves are written in two languages; readers of Serbian see an alias
    for lesson in module["lessons"]:
        written = read(f"lessons/{lesson['code']}.yaml")
        child = LessonPage(
            title=text_in(lesson["title"], language),
            slug=slugify(lesson["code"]),
            code=lesson["code"],
            summary=text_in(written["summary"], language),
            minutes=lesson["minutes"],
            locale=locale,
            translation_key=key_of(lesson["code"]),
        )
        child.body = [(block["type"], _block(block, language)) for block in written["blocks"]]
        page.add_child(instance=child)
        child.save_revision().publish()


def _block(block: dict, language: str):
    """The value of one block of a lesson file, in one language, as its StreamField block takes it."""

    def say(texts):
        return text_in(texts, language)

    match block["type"]:
        case "text":
            return say(block["html"])
        case "callout":
            return {"kind": block["kind"], "title": say(block["title"]), "text": say(block["text"])}
        case "case":
            return {part: say(block[part]) for part in ("title", "story", "question", "hint")}
        case "definitions":
            return {
                "items": [{"term": say(row["term"]), "definition": say(row["definition"])} for row in block["items"]]
            }
        case "checklist":
            return {"title": say(block["title"]), "items": [say(item) for item in block["items"]]}
        case "table":
            return {
                "caption": say(block["caption"]),
                "header": [say(cell) for cell in block["header"]],
                "rows": [[say(cell) for cell in row] for row in block["rows"]],
            }
        case "knowledge_check":
            return {
                "question": say(block["question"]),
                "multiple": block["multiple"],
                "options": [
                    {"text": say(row["text"]), "correct": row.get("correct", False)} for row in block["options"]
                ],
                "feedback": say(block["feedback"]),
            }
    raise ValueError(f"A lesson file has a block of the unknown type {block['type']!r}.")


def _load_programme(programme: dict, locale: Locale) -> None:
    language, code = locale.language_code, programme["code"]
    facts = read("delivery.yaml")
    days = programme.get("days", [])
    hours = sum(day["hours"] for day in days) + sum(
        module["hours"] for module in read("modules.yaml")["modules"] if module["code"] in _MODULES[code]
    )
    known = {audience.value for audience in Audience}
    page = ProgrammePage(
        title=text_in(programme["title"], language),
        slug=slugify(code),
        code=code,
        summary=text_in(programme["summary"], language),
        about=text_in(programme["about"], language),
        mode=_MODES[code],
        hours=hours,
        audiences=[audience for audience in facts["audience"][code] if audience in known],
        topics=[topic.value for topic in _TOPICS[code]],
        languages=["sq", "sr-latn"] if code != "KLOS" else ["sq"],
        is_open=code in _OPEN,
        needs_licence=code == "REF",
        needs_all_days=bool(days),
        needs_all_modules=bool(_MODULES[code]),
        needs_assessments=code == "ACC",
        accreditation_status="submitted" if facts["accreditation"][code] else "none",
        accreditation_body="NQA" if facts["accreditation"][code] else "",
        is_demo=True,
        locale=locale,
        translation_key=key_of(f"programme-{code}"),
    )
    page.outcomes = [
        ProgrammeOutcome(
            text=text_in(outcome, language),
            locale=locale,
            translation_key=key_of(f"{code}-outcome-{position}"),
            sort_order=position,
        )
        for position, outcome in enumerate(programme["outcomes"])
    ]
    page.training_days = [
        TrainingDay(
            code=day["code"],
            workshop=day["workshop"],
            title=text_in(day["title"], language),
            activities=text_in(day["activities"], language),
            hours=day["hours"],
            locale=locale,
            translation_key=key_of(f"{code}-{day['code']}"),
            sort_order=position,
        )
        for position, day in enumerate(days)
    ]
    page.programme_modules = [
        ProgrammeModule(module=ModulePage.objects.get(code=module, locale__language_code="sq"), sort_order=position)
        for position, module in enumerate(_MODULES[code])
    ]
    _parent(locale).add_child(instance=page)
    page.save_revision().publish()
