"""An identity provider of our own on loopback, which can be told to lie."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, Response
from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT, SECRET = "bidkeeper", "a client's secret"


@dataclass
class Issuer:
    """What the provider says; a test changes it to make it lie."""

    url: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one", "use": "sig"}))
    signs_with: ECKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    described_as: str | None = None
    asked: dict[str, str] = field(default_factory=dict)
    token_requests: list[dict[str, str]] = field(default_factory=list)

    def visit(self, address: str) -> str:
        """What the provider's page would do with the browser sent to `address`: remember, and give a code."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return "a code"

    def id_token(self, now: int) -> str:
        """A token for the person of the visit, with whatever `claims` changes; a claim of None is left out."""
        said = {
            "iss": self.url,
            "sub": "person-1",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": self.asked.get("nonce"),
            "email": "a@clinic.example",
            "email_verified": True,
        } | self.claims
        kept = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": "one"}, kept, self.signs_with or self.key)


@contextmanager
def issuing(now: int) -> Iterator[Issuer]:
    """The provider on a free port, its clock at `now` (seconds); it stops with the block."""
    issuer, app = Issuer(), FastAPI()

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, str]:
        return {
            "issuer": issuer.described_as or issuer.url,
            "authorization_endpoint": f"{issuer.url}/authorize",
            "token_endpoint": f"{issuer.url}/token",
            "jwks_uri": f"{issuer.url}/keys",
        }

    @app.get("/keys")
    async def keys() -> dict[str, Any]:
        return {"keys": [issuer.key.as_dict(private=False)]}

    @app.post("/token")
    async def token(request: Request, code: str = Form(), code_verifier: str = Form(), redirect_uri: str = Form()) -> Response:
        issuer.token_requests.append({"code": code, "authorization": request.headers.get("authorization", "")})
        right = create_s256_code_challenge(code_verifier) == issuer.asked.get("code_challenge")
        if not right or redirect_uri != issuer.asked.get("redirect_uri"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": issuer.id_token(now)})

    config = uvicorn.Config(app, log_level="warning", port=0, lifespan="off")
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    issuer.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
