"""The whole story as a newcomer runs it: real portal over HTTP, real SMTP, the service as its own process."""

import json
import os
import subprocess
import sys


def test_the_demo_tells_its_story_once() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BIDKEEPER_")}
    ran = subprocess.run(
        [sys.executable, "-m", "api", "demo", "--once", "--json"],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    people = ["finance@harbour-rehab.example.com", "owner@harbour-rehab.example.com"]
    assert sorted(mail["to"] for mail in told["mails"]) == sorted(people * told["releases"])
    assert told["releases"] == 3
    assert len({mail["message_id"] for mail in told["mails"]}) == len(told["mails"])
    assert told["answer"]["page"] == 1
    assert "3 business days" in told["answer"]["quote"]
    assert told["route"]["route"] == "procurement"
    assert "layout_changed" in told["health"][0].values()
    assert set(told["health"][1].values()) == {"layout mended", "healthy"}
