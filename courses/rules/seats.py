"""Seats: how many places of a group are free, and how many of a list of newcomers fit."""


def free(capacity: int, taken: int) -> int:
    """Places left. Never below zero, even where somebody lowered the capacity after people had enrolled.

    45 places, 44 taken → 1; 40 places, 45 taken → 0.
    """
    return max(capacity - taken, 0)


def fits(capacity: int, taken: int, newcomers: int = 1) -> bool:
    """Do all of ``newcomers`` find a place? A list is taken whole or not at all.

    45 places, 44 taken: one fits, two do not. Nobody always fits.
    """
    return newcomers <= free(capacity, taken)
