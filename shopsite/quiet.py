"""Oscar's analytics keeps its label and tables (a migration needs them) but records nothing."""

from oscar.apps.analytics.apps import AnalyticsConfig


class QuietAnalyticsConfig(AnalyticsConfig):
    def ready(self) -> None:
        """No receivers: stock analytics writes a hot row on every product view."""
