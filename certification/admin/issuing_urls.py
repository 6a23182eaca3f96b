"""Addresses of issuing and of certificates in the office, below /office/certificates/."""

from django.urls import path

from certification.admin import certificates, issuing, verifications

app_name = "issuing"
urlpatterns = [
    path("", issuing.start, name="start"),
    path("rounds/<str:round_code>/", issuing.preflight, name="preflight"),
    path("lists/<int:batch_id>/", issuing.batch, name="batch"),
    path("lists/<int:batch_id>/approve/", issuing.approve, name="approve"),
    path("lists/<int:batch_id>/reject/", issuing.reject, name="reject"),
    path("lists/<int:batch_id>/retry/", issuing.retry, name="retry"),
    path("lists/<int:batch_id>/documents.zip", issuing.archive, name="archive"),
    path("lists/<int:batch_id>/manifest.csv", issuing.manifest, name="manifest"),
    path("all/", certificates.certificate_list, name="certificates"),
    path("serial/<str:serial>/", certificates.by_serial, name="by_serial"),
    path("all/<uuid:certificate_id>/", certificates.certificate, name="certificate"),
    path("all/<uuid:certificate_id>/<str:kind>/", certificates.act, name="act"),
    path("verifications/", verifications.overview, name="verifications"),
    path("requests/<int:request_id>/", certificates.decide, name="decide"),
]
