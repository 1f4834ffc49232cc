"""A real S3 server on this machine, the environment that leads every client to it, and our command line."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from sums import Sums, digest

from scmgen.cli.main import main

stores = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("s3fs", "moto", "flask_cors"))), reason="no S3 server and client here"
)


class Store:
    """A real S3 server on this machine. What it holds outlives its stops, and is read by boto3, not by our code."""

    def __init__(self) -> None:
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.make: Callable[[int], Any] = lambda port: ThreadedMotoServer("127.0.0.1", port, verbose=False)
        self.server = self.make(0)
        self.server.start()
        self.port = self.server.get_host_and_port()[1]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.server.stop()

    def start(self) -> None:
        self.server = self.make(self.port)
        self.server.start()

    def client(self) -> Any:
        import boto3

        return boto3.client("s3", endpoint_url=self.address, aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106

    def names(self, url: str) -> set[str]:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        found = self.client().list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", [])
        return {entry["Key"].removeprefix(f"{prefix}/") for entry in found}

    def get(self, url: str, name: str) -> bytes:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        data: bytes = self.client().get_object(Bucket=bucket, Key=f"{prefix}/{name}")["Body"].read()
        return data

    def put(self, url: str, name: str, data: bytes) -> None:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        self.client().put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=data)

    def sums(self, url: str) -> Sums:
        return {name: digest(self.get(url, name)) for name in sorted(self.names(url))}


@pytest.fixture(scope="module")
def running() -> Iterator[Store]:
    store = Store()
    yield store
    store.stop()


@pytest.fixture
def store(running: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Give the server, with its address and keys where every S3 client looks for them."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    settings = {
        "AWS_ENDPOINT_URL": running.address,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    forget()
    return running


def forget() -> None:
    """Open new connections from now on, as another process would."""
    import fsspec

    fsspec.get_filesystem_class("s3").clear_instance_cache()


@pytest.fixture
def place(store: Store, request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty folder in a bucket of this test's own."""
    bucket = f"b{digest(request.node.name.encode())[:20]}"
    store.client().create_bucket(Bucket=bucket)
    return f"s3://{bucket}/sets/pendulum"


def require_keys(store: Store, after: float) -> None:
    """Make the server check who asks, after so many questions."""
    connection = HTTPConnection("127.0.0.1", store.port)
    connection.request("POST", "/moto-api/reset-auth", str(after), {"Content-Type": "text/plain"})
    assert connection.getresponse().status == 200
    connection.close()


def call(monkeypatch: pytest.MonkeyPatch, line: str) -> int:
    monkeypatch.setattr(sys, "argv", ["scmgen", *line.split()])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)
