"""Addresses of the certification room, under the language prefix."""

from django.urls import path

from certification.views import certificates

app_name = "certification"
urlpatterns = [
    path("", certificates.certificates, name="certificates"),
    path("<uuid:certificate_id>/document", certificates.download, name="download"),
    path("<uuid:certificate_id>/prints", certificates.make_print, name="make_print"),
    path("<uuid:certificate_id>/prints/<str:language>", certificates.download_print, name="print"),
]
