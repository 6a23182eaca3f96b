"""Addresses of the register's office pages, below /office/register/."""

from django.urls import path

from certification.admin import people, register, register_files

app_name = "register"
urlpatterns = [
    path("", register.register_list, name="list"),
    path("export.csv", register.export, name="export"),
    path("licences/<int:licence_id>/", register.licence, name="licence"),
    path("licences/<int:licence_id>/<slug:slug>/", register.act, name="act"),
    path("people/", people.person_list, name="people"),
    path("people/add/", people.add_person, name="add_person"),
    path("people/<str:reference>/", people.person, name="person"),
    path("people/<str:reference>/name/", people.rename, name="rename"),
    path("people/<str:reference>/merge/", people.merge, name="merge"),
    path("merges/<int:merge_id>/split/", people.split, name="split"),
    path("people/<str:reference>/grant/", register.grant, name="grant"),
    path("people/<str:reference>/personal-number/", people.personal_number, name="personal_number"),
    path("files/", register_files.register_files, name="files"),
    path("files/<int:file_id>/", register_files.register_file, name="file"),
    path("files/<int:file_id>/write/", register_files.write, name="write_file"),
    path("files/<int:file_id>/cancel/", register_files.cancel, name="cancel_file"),
]
