"""Connecting to a bucket, and trying again what a bucket failed to do."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

from avlabel.errors import ConfigError

T = TypeVar("T")
U = TypeVar("U")

SCHEMES = ("s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss")
ATTEMPTS = 4
"""Of a request whose connection broke; each is repeated by the client below as well."""
FIRST_WAIT_S = 0.2
RETRY: dict[str, Any] = {
    "max_retries": 8,
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=10)},
    "retry_timeout": timedelta(minutes=3),
}
"""What the client does by itself about 5xx answers, 429 and refused connections."""
TIMEOUT = "120s"
REFUSED = re.compile(r"status code: (?!408|409|425|429)[34]\d\d")
"""Answers that another attempt will not change."""
MACHINE_ROLE = "169.254.169.254"
"""Where a cloud's machines are told their credentials; the last place that is asked."""


def bucket_of(uri: str) -> tuple[str, str]:
    """A URI such as ``s3://bucket/some/folder`` taken apart: ``s3://bucket``, ``some/folder``."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    return f"{scheme}://{bucket}", "/".join(part for part in key.split("/") if part)


@cache
def connect(bucket: str) -> Any:
    """An ``obstore`` store of a bucket; settings come from the environment.

    Raises:
        ConfigError: if the package is missing, or the settings do not fit.
    """
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError as error:
        raise ConfigError(
            f"{bucket}: object stores need the package obstore: pip install 'avlabel[cloud]'"
        ) from error
    options: dict[str, Any] = {"timeout": TIMEOUT}
    more: dict[str, Any] = {}
    opener: Any = from_url
    if bucket.startswith("s3"):
        more = _s3_settings()
        options["allow_http"] = str(more.get("endpoint", "")).startswith("http://")
    try:
        return opener(bucket, client_options=options, retry_config=RETRY, **more)
    except (BaseError, ValueError) as error:
        raise ConfigError(f"{bucket}: {first_line(error)}") from error


def _s3_settings() -> dict[str, Any]:
    """The endpoint as the AWS tools take it, and the credentials of a profile."""
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
    endpoint = next((os.environ[name] for name in names if os.environ.get(name)), None)
    settings: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
    if not {"AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE"} & os.environ.keys():
        provider = _profile()
        if provider is not None:
            settings["credential_provider"] = provider
    return settings


def _profile() -> Any:
    """Credentials as ``boto3`` finds them (profiles, single sign-on); None if it does not."""
    try:
        import boto3
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        return None
    session = boto3.Session()
    return Boto3CredentialProvider(session) if session.get_credentials() else None


def attempt(request: Callable[[], T]) -> T:
    """Do a request, again after a pause where the store failed or the connection broke.

    Raises:
        FileNotFoundError: if there is no such object or bucket.
        PermissionError: if the credentials do not suffice.
        ConnectionError: if it went wrong ``ATTEMPTS`` times.
        OSError: if the store refuses it.
    """
    from obstore import exceptions

    failure: Exception | None = None
    for tried in range(ATTEMPTS):
        if tried:
            # Jitter, so that a thousand workers do not come back at the same moment.
            time.sleep(FIRST_WAIT_S * 2 ** (tried - 1) * random.uniform(0.5, 1))  # noqa: S311
        try:
            return request()
        except exceptions.AlreadyExistsError:
            raise
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            raise PermissionError(first_line(error)) from error
        except FileNotFoundError as error:
            raise FileNotFoundError(first_line(error)) from error
        except ValueError as error:
            raise OSError(first_line(error)) from error
        except exceptions.BaseError as error:
            if MACHINE_ROLE in str(error):
                raise PermissionError(
                    f"no credentials in the environment, and the machine has no role: "
                    f"{first_line(error)}"
                ) from error
            refused = isinstance(error, exceptions.NotSupportedError)
            if refused or REFUSED.search(first_line(error)):
                raise OSError(first_line(error)) from error
            failure = error
    raise ConnectionError(f"{first_line(failure)}; tried {ATTEMPTS} times") from failure


def missing_is(value: U, request: Callable[[], T]) -> T | U:
    """Do a request; ``value`` where there is no such object."""
    try:
        return attempt(request)
    except FileNotFoundError:
        return value


def first_line(error: Exception | None) -> str:
    """What a store's client says, without its debugging output."""
    line = str(error).split("\n", 1)[0].strip()
    return line if len(line) <= 300 else f"{line[:300]}..."
