"""E-mail through Django's mail settings. The message id is made of our key, so doubles are seen as one."""

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage

from crm.gateways.protocol import Sent, TryAgain, Unknown


class DjangoMail:
    def send(self, *, key: str, to: str, subject: str, body: str) -> Sent:
        """Send one mail. A lost answer is reported as Unknown."""
        reference = self._reference(key)
        mail = EmailMessage(subject=subject, body=body, to=[to], headers={"Message-ID": reference})
        try:
            mail.send()
        except (smtplib.SMTPServerDisconnected, TimeoutError) as error:
            raise Unknown(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise TryAgain(str(error)) from error
        return Sent(reference)

    def find(self, *, key: str) -> Sent | None:
        """Mail servers cannot be asked. Sending again is safe enough: readers drop the same message id."""
        return None

    def _reference(self, key: str) -> str:
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
        return f"<{key}@{domain}>"
