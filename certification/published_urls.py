"""Addresses of what verifiers fetch, where standards and issued credentials look for it: they may never move."""

from django.urls import path

from certification.views import achievements, certificates, published

app_name = "published"
urlpatterns = [
    path(".well-known/did.json", published.did_document, name="did"),
    path(".well-known/jwks.json", published.key_set, name="jwks"),
    path("status/<int:number>", published.status_list, name="status"),
    path("status/<int:number>.jwt", published.status_token, name="status_token"),
    # The address that a credential bears as its id; without an ending it leads to the page of verification.
    path("credentials/<uuid:certificate_id>", published.credential, name="credential"),
    path("credentials/<uuid:certificate_id>.<slug:form>", certificates.credential, name="credential_file"),
    # The address that a credential names as its achievement.
    path("achievements/<slug:code>/<int:edition>", achievements.achievement, name="achievement"),
    path(
        "achievements/<slug:code>/<int:edition>.json",
        achievements.achievement,
        {"form": "json"},
        name="achievement_json",
    ),
    path("log/checkpoint", published.checkpoint, name="checkpoint"),
    path("log/cosignature", published.cosignature, name="cosignature"),
    path("log/tile/<path:path>", published.tile, name="tile"),
]
