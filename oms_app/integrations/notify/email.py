"""E-mail by SMTP. The address of the server is `smtp://user:password@host:port`; `smtps://` speaks TLS from the start,
`smtp://` changes to TLS where the server offers it."""

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from oms_app.domain.errors import Rejected, Unavailable
from oms_app.domain.mail import Letter

_TIMEOUT_S = 30


def send(url: str, letter: Letter) -> None:
    """Hand a letter over to the server. Raises Rejected where trying again cannot help, Unavailable where it may."""
    try:
        with _connected(url) as server:
            server.send_message(message(letter), letter.sender, [letter.recipient])
    except smtplib.SMTPRecipientsRefused as refusal:
        code, words = next(iter(refusal.recipients.values()))
        raise _refused(code, words) from refusal
    except smtplib.SMTPResponseException as refusal:
        raise _refused(refusal.smtp_code, refusal.smtp_error) from refusal
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(f"The mail server cannot be reached: {error}") from error


def message(letter: Letter) -> EmailMessage:
    """The letter as it travels."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = letter.sender, letter.recipient, letter.title
    made["Message-ID"], made["Date"] = letter.message_id, formatdate(usegmt=True)
    made.set_content(letter.body)
    if letter.file:
        made.add_attachment(letter.file, maintype="application", subtype="pdf", filename=letter.file_name)
    return made


def _connected(url: str) -> smtplib.SMTP:
    asked = urlsplit(url)
    host = asked.hostname or "127.0.0.1"
    if asked.scheme == "smtps":
        secured = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, asked.port or 465, timeout=_TIMEOUT_S, context=secured)
    else:
        server = smtplib.SMTP(host, asked.port or 25, timeout=_TIMEOUT_S)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
    if asked.username:
        server.login(unquote(asked.username), unquote(asked.password or ""))
    return server


def _refused(code: int, words: bytes | str) -> Rejected | Unavailable:
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    kind = Rejected if 500 <= code < 600 else Unavailable
    return kind(f"The mail server said {code} {' '.join(said.split())}"[:500])
