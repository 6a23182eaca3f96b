"""The product's addresses and an empty view, served by the same server through the same middleware."""

from django.http import HttpResponse
from django.urls import path

from lms.urls import urlpatterns as product


def empty(request):
    return HttpResponse("")


urlpatterns = [path("empty/", empty), *product]
