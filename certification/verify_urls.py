"""Addresses of public verification: short, without a language prefix, because they are printed on paper."""

from django.urls import path

from certification.views import examination, lists, offline, papers, verification, why

app_name = "verify"
urlpatterns = [
    path("", verification.form, name="form"),
    path("file", examination.examine, name="file"),
    path("code", examination.code, name="code"),
    path("list", lists.check, name="list"),
    path("list/report", lists.report, name="list_report"),
    path("why", why.why, name="why"),
    path("paper", papers.paper, name="paper"),
    path("kit.zip", why.kit, name="kit"),
    path("kit/", offline.page, name="offline"),
    path("kit/worker.js", offline.worker, name="offline_worker"),
    path("kit/app.webmanifest", offline.manifest, name="offline_manifest"),
    path("try/<str:name>", verification.sample, name="sample"),
    path("<str:number>", verification.certificate, name="certificate"),
    path("<str:number>/", verification.certificate),
]
