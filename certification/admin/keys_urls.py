"""Addresses of the keys in the office, below /office/keys/."""

from django.urls import path

from certification.admin import keys

app_name = "keys"
urlpatterns = [
    path("", keys.key_list, name="list"),
    path("publish/", keys.publish, name="publish"),
    path("requests/<int:request_id>/", keys.decide, name="decide"),
    path("<slug:kid>/", keys.key, name="key"),
    path("<slug:kid>/<slug:kind>/", keys.act, name="act"),
]
