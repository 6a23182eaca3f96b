"""Addresses of the pages about oneself, under account/."""

from django.urls import path

from lms.people import views

app_name = "people"
urlpatterns = [path("profile/", views.profile, name="profile")]
