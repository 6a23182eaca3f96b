"""What a page is made of: the home page and plain information pages."""

from lms.pages.models.pages import HomePage, InformationPage

__all__ = ["HomePage", "InformationPage"]
