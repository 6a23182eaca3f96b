"""Work that runs in the queue. Tasks take identifiers, fetch, and call one operation; they may run twice."""

from courses.operations import assessing, completing, laid_files


def consider(enrolment_ids: int | list[int]) -> int:
    """Record the completions that are due among ``enrolment_ids`` (one id or many). Returns how many are new."""
    return len(completing.consider_many([enrolment_ids] if isinstance(enrolment_ids, int) else enrolment_ids))


def catch_up_completions() -> int:
    return completing.catch_up()


def close_overdue_attempts() -> int:
    return assessing.close_overdue()


def forget_laid_files() -> int:
    return laid_files.forget_unanswered()
