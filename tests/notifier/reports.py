"""Delivery reports and complaints as servers write them, about a mail that a test sent."""

DSN = """\
From: Mail Delivery System <MAILER-DAEMON@mx.far.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <report.1@mx.far.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.far.example
Arrival-Date: Fri, 20 Nov 2026 10:00:00 -0800

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: {returned}

From: Bidkeeper <alerts@bids.clinic.example>
To: {recipient}
Subject: New: Rehabilitation
Message-ID: {message_id}

--b--
"""
ARF = """\
From: feedback@mail.example
To: {to}
Subject: FW: New: Rehabilitation
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Reporter/1.0
Version: 1
Original-Rcpt-To: <{recipient}>

--b
Content-Type: message/rfc822

From: Bidkeeper <alerts@bids.clinic.example>
Subject: New: Rehabilitation
Message-ID: {message_id}

Body
--b--
"""


def bounce(
    message_id: str,
    *,
    status: str = "5.1.1",
    words: str = "550 5.1.1 no such mailbox",
    action: str = "failed",
    recipient: str = "owner@clinic.example",
    to: str = "alerts@bids.clinic.example",
    returned: str = "text/rfc822-headers",
) -> bytes:
    """A delivery report (RFC 3464)."""
    return _mail(
        DSN, message_id=message_id, status=status, words=words, action=action, recipient=recipient, to=to, returned=returned
    )


def complaint(
    message_id: str, *, kind: str = "abuse", recipient: str = "owner@clinic.example", to: str = "alerts@bids.clinic.example"
) -> bytes:
    """A feedback report (RFC 5965)."""
    return _mail(ARF, message_id=message_id, kind=kind, recipient=recipient, to=to)


def _mail(text: str, **values: str) -> bytes:
    return text.format(**values).replace("\n", "\r\n").encode()
