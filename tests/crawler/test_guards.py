"""Addresses that are never asked, however they are spelt, wrapped or resolved."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from twisted.internet.address import IPv4Address as Resolved

from contracts.vocabulary.addresses import Forbidden, check_url, host_of, literal, permitted
from crawler.network import GuardedResolver, GuardMiddleware, Kept


def nobody(_: str) -> list[str]:
    return []


def asked(url: str, *addresses: str, allow_loopback: bool = False) -> tuple[Any, ...]:
    return check_url(url, resolve=lambda _: addresses, allow_loopback=allow_loopback)


INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.254",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fe80::1",
    "fe80::5efe:192.168.0.1",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "100::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_one_public_host_is_refused_as_literal_and_as_resolved(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Forbidden, match="never asked"):
        asked(f"http://{host}/")
    with pytest.raises(Forbidden, match="never asked"):
        asked("http://portal.example.org/", address)
    with pytest.raises(Forbidden):
        asked("http://portal.example.org/", "8.8.8.8", address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"])
def test_public_addresses_are_let_through(address: str) -> None:
    assert asked("https://portal.example.org/", address) == (ip_address(address),)


@pytest.mark.parametrize(
    "host",
    [
        "0x7f000001",
        "0x7f.1",
        "0X7F.0.0.1",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "\uff11\uff12\uff17.0.0.1",  # full-width digits
        "127\u30020\u30020\u30021",  # ideographic full stops
        "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",  # digits in circles
    ],
)
def test_every_spelling_of_an_inside_address_is_known(host: str) -> None:
    with pytest.raises(Forbidden, match=r"127\.0\.0\.1|no host name"):
        asked(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://example.org/",
        "data:text/html,x",
        "s3://bucket/key",
        "//example.org/",
        "http:example.org",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://example.org:80@127.0.0.1/",
        "http://127.0.0.1#@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http:\\\\127.0.0.1/",
        "http://example.org\t.evil.example/",
        "http://exam ple.org/",
        "http://example.org\r\nHost: x/",
        "http://%31%32%37.0.0.1/",
        "http://[fe80::1%25eth0]/",
        "http://[::1",
        "http://[v1.x]/",
        "http://example.org:99999/",
        "http://example.org:0/",
        "http://a..b/",
        "http://-a.example/",
        "http://1.2.3.4.5/",
        "http://256.256.256.256/",
        "http://09.1.1.1/",
        "http://" + "a" * 64 + ".org/",
    ],
)
def test_doubtful_spellings_are_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        check_url(url, resolve=nobody)


def test_names_are_written_plainly() -> None:
    assert host_of("HTTPS://Portal.Example.ORG.:8443/x") == "portal.example.org"
    assert host_of("https://br\u00fccke.example/") == "xn--brcke-lva.example"


@pytest.mark.parametrize(
    ("address", "ok"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", False),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
    ],
)
def test_allowed_loopback_is_loopback_alone(address: str, ok: bool) -> None:
    assert permitted(ip_address(address), allow_loopback=True) is ok


@given(st.integers(0, 2**32 - 1))
def test_an_inner_address_decides_whatever_it_is_wrapped_in(number: int) -> None:
    inner = IPv4Address(number)
    wrapped = [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x0064FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
    ]
    assert {permitted(one) for one in wrapped} == {permitted(inner)}
    assert permitted(inner) <= inner.is_global


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{:d}", "0x{:x}", "0{:o}"]))
def test_a_number_is_the_address_that_it_spells(number: int, spelling: str) -> None:
    assert literal(spelling.format(number)) == IPv4Address(number)


@given(st.text(max_size=40))
def test_any_text_is_refused_or_names_no_address_inside(text: str) -> None:
    with suppress(Forbidden):
        assert all(permitted(address) for address in check_url("http://" + text, resolve=nobody))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://[::ffff:7f00:1]/", "http://169.254.169.254/robots.txt", "ftp://example.org/"]
)
def test_the_downloader_checks_every_request_redirects_included(url: str) -> None:
    with pytest.raises(Kept):
        GuardMiddleware(allow_loopback=False).process_request(Request(url))


def test_sources_on_one_host_share_one_queue() -> None:
    first, second = Request("https://Portal.example.org/a"), Request("https://portal.example.org/b")
    for request in (first, second):
        GuardMiddleware(allow_loopback=False).process_request(request)
    assert first.meta["download_slot"] == second.meta["download_slot"] == "portal.example.org"


class Answering:
    """A resolver that gives another answer each time it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    def resolveHostName(self, receiver: Any, host: str, port: int = 0, *_: Any) -> None:  # noqa: N802
        receiver.resolutionBegan(None)
        for address in self.answers.pop(0):
            receiver.addressResolved(Resolved("TCP", address, port))
        receiver.resolutionComplete()


class Connecting:
    """What an endpoint is: it connects to the addresses that it is given."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.complete = False

    def resolutionBegan(self, _: Any) -> None:  # noqa: N802
        pass

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.complete = True


def test_a_name_that_changes_its_answer_is_connected_to_only_where_it_was_checked() -> None:
    resolver = GuardedResolver(Answering(["8.8.8.8"], ["127.0.0.1"], ["8.8.4.4", "10.0.0.7"]), allow_loopback=False)
    given_on = [Connecting(), Connecting(), Connecting()]
    for endpoint in given_on:
        resolver.resolveHostName(endpoint, "rebinding.example.org", 443)
    assert [endpoint.addresses for endpoint in given_on] == [["8.8.8.8"], [], []]
    assert all(endpoint.complete for endpoint in given_on)
    assert resolver.forbidden["rebinding.example.org"] in {"127.0.0.1", "10.0.0.7"}
