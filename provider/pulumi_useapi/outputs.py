"""What a MiniMaxAccount stores: outputs made from the inputs and the API's answers, and the drift between them.

Pure. Keys are the API's camelCase; a key that the API does not answer is left out. Masks and the url's echo
never get in: they would overwrite or repeat a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pulumi_useapi.credentials import Claims, rfc3339, same_url
from pulumi_useapi.http.redaction import redact
from pulumi_useapi.models import Account

Properties = Mapping[str, Any]

INPUTS = ("url", "token", "maxJobs", "subscription", "adopt", "account", "jwtExpiry", "jwtIssued")
"""The inputs as check() leaves them: what the program gives, then what is derived from the token."""

_POSTED = {"serverExpiry": "postedExpiry", "serverIssued": "postedIssued", "serverUser": "postedUser"}
"""What the API answers about the credentials it holds, and where the answer to our last POST is kept."""

_HOST = re.compile(r"([A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z0-9-]{1,63}")
"""The name of a site. A token is none: its parts are longer."""

_USER = re.compile(r"[A-Za-z0-9_.-]{1,64}")

SAME_MOMENT = 1.0
"""Seconds within which two times of the service are the same moment: it answers floats, and may round."""


def derived_inputs(claims: Claims) -> dict[str, str]:
    """The plain inputs that make a change of the secret token readable, and known to dependents at preview."""
    derived = {"account": claims.account, "jwtExpiry": rfc3339(claims.exp)}
    return derived if claims.iat is None else derived | {"jwtIssued": rfc3339(claims.iat)}


def after_post(inputs: Properties, answer: Account, owner: str, revision: str | None) -> dict[str, Any]:
    """The outputs after our POST."""
    outputs = {key: inputs[key] for key in INPUTS if key in inputs}
    echoed = answer.revision is None or answer.revision == revision
    outputs |= {"owner": owner, "revision": revision if echoed else None}
    outputs |= _served(answer, inputs)
    outputs |= {posted: outputs[server] for server, posted in _POSTED.items()}
    return _without_none(outputs)


def after_read(stored: Properties, answer: Account, owner: str) -> dict[str, Any]:
    """The outputs after a look: the API's answer laid over what is stored.

    What the API leaves out stays as it is stored; only `error` is taken at its word, so that a mended account
    loses it.
    """
    served = _served(answer, stored)
    told = {key: value for key, value in served.items() if value is not None}
    outputs = {**stored, "owner": owner, "account": answer.account, **told, "error": served["error"]}
    if answer.user_id is not None:
        outputs["serverUser"] = served["serverUser"]
    if answer.max_jobs is not None:
        outputs["maxJobs"] = answer.max_jobs
    return _without_none(outputs)


def drifted_inputs(outputs: Properties) -> dict[str, Any]:
    """The inputs that would have led to these outputs: the next preview's diff then names what drifted."""
    inputs = {key: outputs[key] for key in INPUTS if key in outputs}
    if has_other_credentials(outputs) and not has_newer_credentials(outputs):
        inputs["jwtExpiry"] = outputs.get("serverExpiry", inputs.get("jwtExpiry"))
        inputs["jwtIssued"] = outputs.get("serverIssued", inputs.get("jwtIssued"))
        inputs["serverUser"] = outputs.get("serverUser")
    return _without_none(inputs)


def shows_change(stored: Properties, outputs: Properties) -> bool:
    """Whether a refresh that led from one to the other found something to tell, beside what the API merely adds."""
    moments = ("serverExpiry", "serverIssued")
    if any(key in stored and stored[key] != outputs.get(key) for key in moments):
        return True
    return any(stored.get(key) != outputs.get(key) for key in ("maxJobs", "serverUser", "error"))


def has_other_credentials(outputs: Properties) -> bool:
    """Whether the server, when last looked at, held other credentials than those of our last POST."""
    if outputs.get("serverUser") != outputs.get("postedUser"):
        return True
    return any(
        outputs.get(server) is not None and outputs.get(posted) is not None and outputs[server] != outputs[posted]
        for server, posted in (("serverExpiry", "postedExpiry"), ("serverIssued", "postedIssued"))
    )


def has_newer_credentials(outputs: Properties) -> bool:
    """Whether the server, when last looked at, held credentials that live longer than ours."""
    server, posted = outputs.get("serverExpiry"), outputs.get("postedExpiry")
    return server is not None and posted is not None and server > max(posted, outputs.get("jwtExpiry") or posted)


def needs_post(outputs: Properties, inputs: Properties) -> bool:
    """Whether the server has to be told something to make it hold these inputs."""
    if outputs.get("maxJobs") != inputs["maxJobs"] or outputs.get("token") != inputs["token"]:
        return True
    if not same_url(str(outputs.get("url", "")), inputs["url"]):
        return True
    is_newer = has_newer_credentials({**outputs, "jwtExpiry": inputs.get("jwtExpiry")})
    return has_other_credentials(outputs) and (inputs.get("adopt") is True or not is_newer)


def _served(answer: Account, known: Properties) -> dict[str, Any]:
    """What the service says, without any of the secrets known here, which it might repeat."""
    secrets = [known[key] for key in ("url", "token") if isinstance(known.get(key), str)]
    return {
        "serverExpiry": _moment(answer.exp, known.get("serverExpiry")),
        "serverIssued": _moment(answer.iat, known.get("serverIssued")),
        "serverUser": None if answer.user_id in (None, answer.account) else _user(str(answer.user_id), secrets),
        "supportVideo": answer.support_video,
        "supportChat": answer.support_chat,
        "supportAudio": answer.support_audio,
        "supportMusic": answer.support_music,
        "host": answer.host if _HOST.fullmatch(answer.host or "") else None,
        "error": answer.error and redact(answer.error, secrets),
    }


def _user(user_id: str, secrets: list[str]) -> str:
    return redact(user_id, secrets) if _USER.fullmatch(user_id) else "another user"


def _time(seconds: float | None) -> str | None:
    try:
        return None if seconds is None else rfc3339(seconds)
    except (ValueError, OverflowError, OSError):  # a number, but no date
        return None


def _moment(seconds: float | None, known: object) -> str | None:
    """The time, in the very text that is known where that is the same moment."""
    text = _time(seconds)
    if seconds is None or text == known or known is None:
        return text
    is_same = known in (_time(seconds - SAME_MOMENT), _time(seconds + SAME_MOMENT))
    return str(known) if is_same else text


def _without_none(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if value is not None}
