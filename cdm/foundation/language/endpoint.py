"""A language model behind any server that speaks the OpenAI protocol: vLLM, Ollama, llama.cpp, or a hosted one.

Only this module knows the key. It is read from the environment, goes into the client and nowhere else, and is blotted
out of whatever a server sends back.
"""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
from pydantic import BaseModel, ConfigDict, ValidationError

from cdm.errors import CdmError, suggestion
from cdm.foundation.language.speaker import Manner, Said, Turn
from cdm.foundation.pictures import data_url

KEY = "OPENAI_API_KEY"
NO_KEY = "none"
_NEW_LIMIT = "max_completion_tokens"  # which some servers want in place of max_tokens, and most do not know
_MOST = 1 << 22  # bytes of an answer that are read
_SHORT = 200  # characters of what a server says that are told
_BLOT = "[key]"
FORMS = ("schema", "object", "text")
"""How an answer's form is asked for: by its schema, as some JSON, or in the question alone."""


class Endpoint:
    """A model of a server.

    Args:
        url: of the protocol's root, usually ending in ``/v1``.
        model: as the server calls it.
        key: the variable of the environment that holds the key; ``none`` if the server wants none.
        timeout: seconds within which a whole answer must have come.
        retries: further tries of a request that a busy or broken server did not answer.
        form: one of :data:`FORMS`.

    Raises:
        CdmError: if the URL is none, has secrets in it, or would carry the key unencrypted over a network.
    """

    def __init__(
        self, url: str, model: str, key: str = KEY, timeout: float = 120.0, retries: int = 2, form: str = "schema"
    ) -> None:
        if form not in FORMS:
            raise CdmError(f"--form {form}: {suggestion(form, FORMS)}")
        secret = _secret(key)
        _look(url, secret, key)
        self.name, self._where, self._model, self._key, self._secret = f"{model} at {url}", url, model, key, secret
        self._timeout, self._retries, self._form, self._limit = timeout, retries, form, "max_tokens"
        self.told: Mapping[str, Any] = {"backend": "endpoint", "endpoint": url, "model": model, "form": form}
        hooks: dict[str, list[Callable[..., Any]]] = {"request": [self._started], "response": [self._bounded]}
        once = httpx.Limits(max_keepalive_connections=0)  # a question takes seconds, and nothing has to be closed
        client = httpx.Client(timeout=timeout, follow_redirects=False, event_hooks=hooks, limits=once)
        self._client = openai.OpenAI(
            base_url=url, api_key=secret or NO_KEY, max_retries=retries, timeout=timeout, http_client=client
        )

    def say(self, turns: Sequence[Turn], manner: Manner, form: Mapping[str, Any] | None) -> Said:
        """What the model answers.

        Raises:
            CdmError: if the server cannot be reached, refuses, is too slow, breaks off, or sends no answer.
        """
        try:
            told = _Completion.model_validate_json(self._sent(turns, manner, form))
        except openai.APIStatusError as error:
            raise CdmError(self._refused(error)) from None
        except openai.APITimeoutError:
            raise CdmError(
                self._failed(f"no whole answer within {self._timeout:g} s; --timeout waits longer")
            ) from None
        except openai.APIError as error:
            cause = error.__cause__ or error
            what = "cannot be reached" if isinstance(cause, httpx.ConnectError) else "no whole answer came"
            raise CdmError(self._failed(f"{what}: {self._plain(cause)}")) from None
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            place = ".".join(map(str, fault["loc"])) or "it"
            raise CdmError(f"{self._where}: no answer of the protocol: {place}: {self._plain(fault['msg'])}") from None
        choice, used = told.choices[0], told.usage or _Usage()
        text = self._blotted(choice.message.content or "")
        return Said(text, choice.finish_reason != "length", used.prompt_tokens, used.completion_tokens)

    def _sent(self, turns: Sequence[Turn], manner: Manner, form: Mapping[str, Any] | None) -> bytes:
        """What comes back; a server that knows the most tokens of an answer by their new name is told it by that."""
        try:
            raw = self._client.chat.completions.with_raw_response.create(
                model=self._model,
                messages=[_message(turn) for turn in turns],
                temperature=manner.temperature,
                seed=manner.seed,
                extra_headers={"Accept-Encoding": "identity"},
                **{self._limit: manner.tokens},
                **self._asked(form),
            )
        except openai.BadRequestError as error:
            if self._limit == _NEW_LIMIT or _NEW_LIMIT not in str(_told(error)):
                raise
            self._limit = _NEW_LIMIT
            return self._sent(turns, manner, form)
        content: bytes = raw.content
        return content

    def _asked(self, form: Mapping[str, Any] | None) -> dict[str, Any]:
        """How the form of an answer is asked for."""
        if form is None or self._form == "text":
            return {}
        if self._form == "object":
            return {"response_format": {"type": "json_object"}}
        named = {"name": "answer", "schema": dict(form), "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": named}}

    def _started(self, request: httpx.Request) -> None:
        request.extensions["cdm"] = time.monotonic()

    def _bounded(self, response: httpx.Response) -> None:
        """Let an answer have so many bytes and so much time, whoever sends it byte by byte or without end."""
        if response.headers.get("content-encoding", "identity") != "identity":
            raise httpx.DecodingError("a compressed answer, which was not asked for")
        until = response.request.extensions["cdm"] + self._timeout
        response.stream = _Bounded(response.stream, until)

    def _refused(self, error: openai.APIStatusError) -> str:
        """What a status other than 200 means."""
        code, said = error.status_code, self._plain(_told(error))
        if code in (401, 403):
            key = "it wants a key; set {}" if self._secret is None else "it does not take the key in {}"
            return f"{self._where}: {key.format(KEY if self._key == NO_KEY else self._key)} ({code}: {said})"
        if code == 429:
            return self._failed(f"it is too busy, or a quota is spent ({code}: {said})")
        if code == 404:
            return f"{self._where}: no model {self._model!r}, or the URL lacks its /v1 ({code}: {said})"
        if code == 400 and self._form != "text":
            return f"{self._where}: it refuses the question ({code}: {said}); --form text asks without a schema"
        return (
            self._failed(f"it answers {code}: {said}") if code >= 500 else f"{self._where}: it answers {code}: {said}"
        )

    def _failed(self, what: str) -> str:
        return f"{self._where}: {what}; tried {self._retries + 1} times"

    def _plain(self, said: object) -> str:
        """What a server said, in one short line without the key."""
        line = " ".join(self._blotted(str(said)).split())
        return "".join(letter for letter in line if letter.isprintable())[:_SHORT] or "nothing more"

    def _blotted(self, text: str) -> str:
        return text.replace(self._secret, _BLOT) if self._secret else text


class _Bounded(httpx.SyncByteStream):
    """The bytes of an answer, until there are too many or it takes too long."""

    def __init__(self, stream: Any, until: float) -> None:
        self._stream, self._until = stream, until

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for part in self._stream:
            read += len(part)
            if time.monotonic() > self._until:
                raise httpx.ReadTimeout("too slow")
            if read > _MOST:
                raise httpx.DecodingError(f"an answer of more than {_MOST:,} bytes")
            yield part

    def close(self) -> None:
        """Let go of the connection."""
        self._stream.close()


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Message(_Part):
    content: str | None = None


class _Choice(_Part):
    message: _Message
    finish_reason: str | None = None


class _Usage(_Part):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(_Part):
    choices: list[_Choice]
    usage: _Usage | None = None

    def model_post_init(self, context: Any) -> None:
        """Refuse an answer without one."""
        if not self.choices:
            raise ValueError("choices: none")


def _message(turn: Turn) -> dict[str, Any]:
    if turn.image is None:
        return {"role": turn.role, "content": turn.text}
    shown = {"type": "image_url", "image_url": {"url": data_url(turn.image)}}
    return {"role": turn.role, "content": [shown, {"type": "text", "text": turn.text}]}


def _secret(key: str) -> str | None:
    """The key; None if there is none, and none was asked for by name."""
    if key == NO_KEY:
        return None
    secret = os.environ.get(key, "").strip()
    if not secret and key != KEY:
        raise CdmError(
            f"--key-from {key}: there is no such variable in the environment; none, if the server wants no key"
        )
    return secret or None


def _look(url: str, secret: str | None, key: str) -> None:
    """Raise unless a URL is one that may be written down, and to which the key may go."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host:
        raise CdmError(f"--endpoint {url[:_SHORT]!r}: a URL such as http://localhost:8000/v1 is needed")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise CdmError("--endpoint: a URL without user, password or query is needed: it is written into the report")
    if parts.scheme == "http" and secret and not _at_home(host):
        raise CdmError(
            f"--endpoint {url}: the key in {key} would go there unencrypted; take https, or --key-from {NO_KEY}"
        )


def _at_home(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _told(error: openai.APIStatusError) -> object:
    """What a server says of an error, of all that it sends with it."""
    body = error.body
    inner = body.get("error", body) if isinstance(body, Mapping) else body
    told = inner.get("message", inner) if isinstance(inner, Mapping) else inner
    return told if isinstance(told, str) else error.message
