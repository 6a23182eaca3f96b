"""The living gallery of components; included only where SHOW_DESIGN is on."""

from django.urls import path

from lms.pages import design

app_name = "design"
urlpatterns = [path("", design.gallery, name="gallery")]
