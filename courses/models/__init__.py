"""From an authored module to a recorded completion: one file per stop of the road."""

from courses.models.approval import ApprovalTask
from courses.models.assessment import Attempt, AttemptItem, LateAnswers
from courses.models.attendance import AttendanceImport, AttendanceMark, RosterEntry
from courses.models.catalogue import CatalogueIndexPage, LessonPage, ModulePage, ProgrammePage
from courses.models.completion import Completion, Waiver, WaiverEvent
from courses.models.delivery import DayEquivalence, Group, GroupTrainer, Round, Session, Venue
from courses.models.edition import Edition, EditionAssessment, EditionDay, EditionLesson, EditionModule
from courses.models.enrolment import Enrolment, EnrolmentEvent, EnrolmentImport
from courses.models.progress import LessonProgress
from courses.models.questions import Assessment, Question, QuestionVersion

__all__ = [
    "ApprovalTask",
    "Assessment",
    "Attempt",
    "AttemptItem",
    "AttendanceImport",
    "AttendanceMark",
    "CatalogueIndexPage",
    "Completion",
    "DayEquivalence",
    "Edition",
    "EditionAssessment",
    "EditionDay",
    "EditionLesson",
    "EditionModule",
    "Enrolment",
    "EnrolmentEvent",
    "EnrolmentImport",
    "Group",
    "GroupTrainer",
    "LateAnswers",
    "LessonPage",
    "LessonProgress",
    "ModulePage",
    "ProgrammePage",
    "Question",
    "QuestionVersion",
    "RosterEntry",
    "Round",
    "Session",
    "Venue",
    "Waiver",
    "WaiverEvent",
]
