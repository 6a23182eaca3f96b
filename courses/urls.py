"""Addresses of the courses room, under the language prefix."""

from django.urls import path

from courses.views import assessment, attendance, attendance_report, catalogue, enrolment, learning, teaching  # noqa: F401 - the catalogue's views plug into its pages

app_name = "courses"
urlpatterns = [
    path("lesson/<uuid:key>/", learning.go_to, name="lesson"),
    path("lesson/<uuid:key>/opened/", learning.opened, name="lesson-opened"),
    path("lesson/<uuid:key>/done/", learning.done, name="lesson-done"),
    path("enrol/<str:code>/", enrolment.enrol, name="enrol"),
    path("enrolment/<uuid:registration>/move/", enrolment.move, name="move"),
    path("enrolment/<uuid:registration>/withdraw/", enrolment.withdraw, name="withdraw"),
    path("assessment/<uuid:registration>/<str:code>/", assessment.overview, name="assessment"),
    path("assessment/<uuid:registration>/<str:code>/<int:number>/", assessment.attempt, name="attempt"),
    path("assessment/<uuid:registration>/<str:code>/<int:number>/save/", assessment.attempt_save, name="attempt-save"),
    path(
        "assessment/<uuid:registration>/<str:code>/<int:number>/confirm/",
        assessment.attempt_confirm,
        name="attempt-confirm",
    ),
    path(
        "assessment/<uuid:registration>/<str:code>/<int:number>/result/",
        assessment.attempt_result,
        name="attempt-result",
    ),
    path("teach/", teaching.groups, name="teaching"),
    path("teach/report/", attendance_report.report, name="attendance-report"),
    path("teach/groups/<int:pk>/", teaching.group, name="teaching-group"),
    path("teach/groups/<int:pk>/people/<int:enrolment>/", teaching.person, name="teaching-person"),
    path("teach/sessions/<int:pk>/", teaching.session, name="session"),
    path("teach/sessions/<int:pk>/roll-call/", attendance.roll_call, name="roll-call"),
    path("teach/sessions/<int:pk>/marks/", attendance.marks, name="marks"),
    path("teach/sessions/<int:pk>/guests/", attendance.add_guest, name="add-guest"),
    path("teach/sessions/<int:pk>/sheet/", attendance.sign_in_sheet_page, name="sign-in-sheet"),
    path("teach/sessions/<int:pk>/sheet.pdf", attendance.sign_in_sheet_pdf, name="sign-in-sheet-pdf"),
    path("my-sessions.ics", teaching.my_sessions_ics, name="my-sessions"),
]
