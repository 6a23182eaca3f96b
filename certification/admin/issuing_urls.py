"""Addresses of issuing and of certificates in the office, below /office/certificates/."""

from django.urls import path

from certification.admin import (
    acts,
    certificates,
    erasure,
    issuing,
    issuing_files,
    log_health,
    papers,
    renewals,
    reviews,
    templates,
)

app_name = "issuing"
urlpatterns = [
    path("", issuing.start, name="start"),
    path("rounds/<str:round_code>/", issuing.preflight, name="preflight"),
    path("lists/<int:batch_id>/", issuing.batch, name="batch"),
    path("lists/<int:batch_id>/approve/", issuing.approve, name="approve"),
    path("lists/<int:batch_id>/reject/", issuing.reject, name="reject"),
    path("lists/<int:batch_id>/retry/", issuing.retry, name="retry"),
    path("lists/<int:batch_id>/pause/", issuing.pause, name="pause"),
    path("lists/<int:batch_id>/go-on/", issuing.go_on, name="go_on"),
    path("lists/<int:batch_id>/pack/", issuing_files.pack, name="pack"),
    path("lists/<int:batch_id>/documents.zip", issuing_files.archive, name="archive"),
    path("lists/<int:batch_id>/manifest.csv", issuing_files.manifest, name="manifest"),
    path("log/", log_health.health, name="log"),
    path("log/compare/", log_health.compare, name="log_compare"),
    path("all/", certificates.certificate_list, name="certificates"),
    path("serial/<str:serial>/", certificates.by_serial, name="by_serial"),
    path("all/<uuid:certificate_id>/", certificates.certificate, name="certificate"),
    path("templates/", templates.templates, name="templates"),
    path("templates/begin/", templates.begin, name="begin_template"),
    path("templates/<int:version_id>/", templates.template, name="template"),
    path("templates/<int:version_id>/preview.png", templates.preview, {"kind": "png"}, name="template_preview"),
    path("templates/<int:version_id>/preview.pdf", templates.preview, {"kind": "pdf"}, name="template_pdf"),
    path("templates/<int:version_id>/decide/", templates.decide, name="decide_template"),
    path("templates/<int:version_id>/remove/", templates.remove, name="remove_template"),
    path("all/<uuid:certificate_id>/erase/", erasure.ask, name="erase"),
    path("erasures/<int:erasure_id>/", erasure.decide, name="decide_erasure"),
    path("all/<uuid:certificate_id>/report/", reviews.report, name="report"),
    path("all/<uuid:certificate_id>/<str:kind>/", acts.act, name="act"),
    path("requests/<int:request_id>/", acts.decide, name="decide"),
    path("reviews/", reviews.review_list, name="reviews"),
    path("reviews/<int:case_id>/", reviews.review, name="review"),
    path("renewals/", renewals.renewals, name="renewals"),
    path("papers/", papers.paper_list, name="papers"),
    path("papers/<int:paper_id>/", papers.paper, name="paper"),
    path("papers/<int:paper_id>/withdraw/", papers.withdraw, name="withdraw_paper"),
]
