import pytest

from notifier.routing import route
from notifier.senders import errands
from notifier.wording import words


@pytest.mark.parametrize(
    ("message", "errand"),
    [
        ("We built software that cuts invoice rejections by half. Interested in a demo?", "sells"),
        ("I'm a claims adjudicator from Ontario, are you hiring?", "seeks_work"),
        ("I'm a reporter and want a comment on contract clinics", "press"),
        ("Got the deposit, thank you!", "closes"),
        ("Automatic reply: out of office. For invoices write to Mia.", "machine"),
        ("write a poem about my contract", "plays"),
        ("what are the premiums for my nanny", "as_employer"),
    ],
)
def test_who_writes_is_told_by_how_they_write(message, errand):
    assert errand in set(errands(words(message)))


@pytest.mark.parametrize(
    "message",
    [
        "Thank you for the remittance, but where is the rest?",
        "Thanks. Please resend the contract.",
        "merci, mais la facture n'est pas payée",
    ],
)
def test_thanks_before_a_request_close_nothing(message):
    assert "closes" not in set(errands(words(message)))


@pytest.mark.parametrize(
    "message",
    [
        "We built software that cuts invoice rejections by half. Could I show it to your payment people?",
        "I applied for the case manager job last month and have not heard back",
        "Got the deposit, thank you!",
        "Automatic reply: I am out of the office. For invoices please contact accounting@cedar.example",
    ],
)
def test_a_desk_s_words_in_somebody_else_s_errand_make_no_desk(message):
    assert route(message).desk == "none"
