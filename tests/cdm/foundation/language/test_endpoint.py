"""A server of the OpenAI protocol on this machine, well and badly: an answer, or one clear message without the key."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("openai", reason="needs scmgen[foundation]")

from loopback import KEY, Reply, Server, failed, said, serving
from PIL import Image

from cdm.errors import CdmError
from cdm.foundation.language import replies
from cdm.foundation.language.endpoint import Endpoint
from cdm.foundation.language.speaker import Manner, Turn

IMAGE = np.random.default_rng(0).integers(0, 256, (6, 4, 3), dtype=np.uint8)
TURNS = [Turn("system", "Look."), Turn("user", "What is it?", IMAGE)]
MANNER = Manner(0.1, 50, 3)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving() as there:
        there.in_turn(said("a street"))
        yield there


def test_a_question_goes_out_whole_and_its_answer_comes_back(server: Server) -> None:
    there = Endpoint(server.url, "seer")
    answer = there.say(TURNS, MANNER, replies.schema(replies.Verdict))
    assert (answer.text, answer.whole, answer.asked, answer.answered) == ("a street", True, 7, 5)
    (request,) = server.requests
    body = request["body"]
    assert request["path"] == "/v1/chat/completions" and request["headers"]["Authorization"] == f"Bearer {KEY}"
    assert (body["model"], body["temperature"], body["max_tokens"], body["seed"]) == ("seer", 0.1, 50, 3)
    assert body["messages"][0] == {"role": "system", "content": "Look."}
    shown, text = body["messages"][1]["content"]
    content = base64.b64decode(shown["image_url"]["url"].removeprefix("data:image/png;base64,"))
    with Image.open(io.BytesIO(content)) as image:
        assert np.array_equal(np.asarray(image), IMAGE)
    assert text == {"type": "text", "text": "What is it?"}
    assert body["response_format"]["json_schema"]["schema"] == replies.schema(replies.Verdict)
    assert there.name == f"seer at {server.url}" and KEY not in repr(vars(there)["told"]) + repr(there)


@pytest.mark.parametrize(("form", "sent"), [("object", {"type": "json_object"}), ("text", None)])
def test_the_form_is_asked_for_as_the_server_understands_it(server: Server, form: str, sent: object) -> None:
    Endpoint(server.url, "seer", form=form).say(TURNS, MANNER, {})
    assert server.requests[0]["body"].get("response_format") == sent
    with pytest.raises(CdmError, match=r"^--form xml: there are schema, object, text$"):
        Endpoint(server.url, "seer", form="xml")


def test_an_answer_that_ends_at_the_limit_is_not_whole(server: Server) -> None:
    choice = {"message": {"content": "a str"}, "finish_reason": "length"}
    server.in_turn(said("", choices=[choice], usage=None))
    answer = Endpoint(server.url, "seer").say(TURNS, MANNER, None)
    assert (answer.text, answer.whole, answer.asked) == ("a str", False, 0)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server: Server, status: int) -> None:
    server.in_turn(failed(status), failed(status), said("a street"))
    assert Endpoint(server.url, "seer").say(TURNS, MANNER, None).text == "a street"
    assert len(server.requests) == 3


def test_a_server_that_names_the_limit_anew_gets_it_so(server: Server) -> None:
    told = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    server.in_turn(failed(400, told), said("a street"))
    there = Endpoint(server.url, "seer")
    assert [there.say(TURNS, MANNER, None).text for _ in range(2)] == ["a street"] * 2
    limits = [{name for name in request["body"] if name.startswith("max")} for request in server.requests]
    assert limits == [{"max_tokens"}, {"max_completion_tokens"}, {"max_completion_tokens"}]


WHOLE = said("a street").body
FAULTS = {
    "busy": (failed(429, "slow down"), "it is too busy, or a quota is spent (429: slow down); tried 2 times"),
    "broken": (failed(500, "oh\x1b[31m\nno"), "it answers 500: oh[31m no; tried 2 times"),
    "no key": (failed(401, f"bad key {KEY}"), "it does not take the key in OPENAI_API_KEY (401: bad key [key])"),
    "no model": (failed(404, "what?"), "no model 'seer', or the URL lacks its /v1 (404: what?)"),
    "no schema": (failed(400, "what?"), "it refuses the question (400: what?); --form text asks without a schema"),
    "moved": (Reply(b"", 302, {"Location": "/v2"}), "it answers 302: "),
    "cut off": (Reply(WHOLE[:40], lacking=9), "no whole answer came: peer closed connection without sending"),
    "slow": (Reply(WHOLE, wait=0.3), "no whole answer within 0.15 s; --timeout waits longer; tried 2 times"),
    "drop by drop": (Reply(WHOLE, wait=0.01, slowly=True), "no whole answer within 0.15 s; --timeout waits longer"),
    "no JSON": (Reply(b'{"choices": [{'), "no answer of the protocol: it: Invalid JSON"),
    "a page": (Reply(b"<html>"), "no answer of the protocol: it: Invalid JSON"),
    "no choice": (said("", choices=[]), "no answer of the protocol: it: Value error, choices: none"),
    "other": (Reply(b'{"choices": {"0": {}}}'), "no answer of the protocol: choices: Input should be a valid array"),
    "numbers": (
        said("", choices=[{"message": {"content": 3}}]),
        "no answer of the protocol: choices.0.message.content: ",
    ),
    "endless": (Reply(b" " * ((1 << 22) + 1)), "no whole answer came: an answer of more than 4,194,304 bytes"),
    "packed": (Reply(b"", headers={"Content-Encoding": "gzip"}), "no whole answer came: a compressed answer"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_failure_is_one_message_without_the_key(
    server: Server, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply, message = FAULTS[fault]
    server.in_turn(reply)
    with caplog.at_level(logging.DEBUG), pytest.raises(CdmError) as caught:
        Endpoint(server.url, "seer", timeout=0.15, retries=1).say(TURNS, MANNER, {})
    assert str(caught.value).startswith(f"{server.url}: {message}")
    assert KEY not in str(caught.value) + caplog.text and caught.value.__suppress_context__


def test_nobody_there_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with serving() as there:
        url = there.url
    with pytest.raises(CdmError, match=r"/v1: cannot be reached: \[Errno \d+\] Connection refused; tried 1 times$"):
        Endpoint(url, "seer", retries=0).say(TURNS, MANNER, None)


def test_a_server_that_repeats_the_key_gets_it_blotted_out(server: Server) -> None:
    server.in_turn(said(json.dumps({"phrase": f"a door with {KEY} on it"})))
    assert Endpoint(server.url, "seer").say(TURNS, MANNER, None).text == '{"phrase": "a door with [key] on it"}'


def test_without_a_key_none_is_sent_and_a_server_that_wants_one_says_so(server: Server) -> None:
    server.in_turn(failed(401, "who?"))
    with pytest.raises(CdmError, match=r"it wants a key; set OPENAI_API_KEY \(401: who\?\)$"):
        Endpoint(server.url, "seer", key="none").say(TURNS, MANNER, None)
    assert KEY not in json.dumps(server.requests)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("localhost:8000", "--endpoint 'localhost:8000': a URL such as http://localhost:8000/v1 is needed"),
        ("file:///etc/passwd", "--endpoint 'file:///etc/passwd': a URL such as "),
        ("http://[::1", "--endpoint 'http://[::1': a URL such as "),
        ("https://me:secret@host/v1", "--endpoint: a URL without user, password or query is needed"),
        ("https://host/v1?key=secret", "--endpoint: a URL without user, password or query is needed"),
        ("http://10.0.0.7/v1", "--endpoint http://10.0.0.7/v1: the key in OPENAI_API_KEY would go there unencrypted; "),
    ],
)
def test_a_url_to_which_no_key_may_go_is_refused(monkeypatch: pytest.MonkeyPatch, url: str, message: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(CdmError) as caught:
        Endpoint(url, "seer")
    assert str(caught.value).startswith(message) and "secret" not in str(caught.value)


def test_a_variable_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTHER_KEY", raising=False)
    with pytest.raises(CdmError, match=r"^--key-from OTHER_KEY: there is no such variable in the environment; none, "):
        Endpoint("https://host/v1", "seer", key="OTHER_KEY")
