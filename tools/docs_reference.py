"""Writes docs/reference/ from the docstrings; runs in the virtual environment: `python -m tools.docs_reference`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pulumi_useapi
from pulumi_useapi import errors, functions, models, settings
from pulumi_useapi.fleet import AccountsSummary
from pulumi_useapi.http import endpoint
from tools.docs_docstrings import Docstring, attribute_docs, parse
from tools.paths import ROOT

FOLDER = ROOT / "docs" / "reference"
_NOTE = "<!-- Made from the docstrings by `make reference`: change them, not this file. -->"
_EMPTY: Any = inspect.Parameter.empty
_CLIENT_EXAMPLE = """\
```python
import os

from pulumi_useapi import UseApiClient

with UseApiClient(os.environ["USEAPI_API_TOKEN"]) as client:
    for account in client.list_accounts().values():
        print(account.account, account.max_jobs, account.host, account.error or "sound")
```
"""

SETTING = re.compile(r"^(?P<meaning>.*?): ``(?P<variable>USEAPI_\w+)`` or ``(?P<key>useapi:\w+)``\. ?(?P<rest>.*)$")
"""The docstring of a setting."""


def pages() -> dict[str, str]:
    """The text of every file, by its name."""
    texts = {"resource.md": _resource(), "ready-made-stack.md": _ready_made_stack(), "functions.md": _functions()}
    texts |= {"settings.md": _settings(), "errors.md": _errors(), "client.md": _client()}
    texts["README.md"] = _index(texts)
    return {name: _linked(name, text, texts) for name, text in texts.items()}


def write() -> None:
    """Write every file anew."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _resource() -> str:
    resource = pulumi_useapi.MiniMaxAccount
    doc = parse(resource)
    return _page(
        "MiniMaxAccount",
        doc.body,
        "[behaviour.md](../behaviour.md) tells what each change, and each state of the server, leads to; "
        "[examples](../../examples/README.md) holds whole programs.",
        "## Inputs",
        _parameters(resource.__init__, doc),
        *_raises(doc),
        "## Outputs",
        "Each is a `pulumi.Output` of the type. The name in the state is also the one in previews and in mocks.",
        _table(("output", "in the state", "type", "meaning"), _outputs(resource)),
        "## MiniMaxAccount.get",
        *_callable(resource.get),
    )


def _outputs(resource: type[pulumi_useapi.MiniMaxAccount]) -> Iterator[Sequence[str]]:
    blank = resource.__new__(resource)
    base = next(one for one in resource.__mro__ if "jwt_expiry" in inspect.get_annotations(one))
    documented = attribute_docs(base)
    for name, kind in inspect.get_annotations(base).items():
        inner = kind.removeprefix("pulumi.Output[").removesuffix("]")
        yield _code(name), _code(blank.translate_input_property(name)), _code(inner), documented[name]


def _ready_made_stack() -> str:
    return _page(
        "Ready-made stack",
        "Accounts that are declared in the stack's config, with no Python to write, and the sum of any accounts.",
        *_function(pulumi_useapi.accounts_from_config),
        *_function(pulumi_useapi.summarize_accounts),
        *_data(AccountsSummary),
    )


def _functions() -> str:
    names = [name for name in pulumi_useapi.__all__ if name.startswith("get_")]
    return _page(
        "Functions",
        parse(functions).body,
        *(part for name in names for part in _function(getattr(pulumi_useapi, name))),
        *_data(pulumi_useapi.MiniMaxAccountResult),
        *_data(pulumi_useapi.MiniMaxFeaturesResult),
    )


def _settings() -> str:
    return _page(
        "Settings",
        parse(settings).body,
        "An empty variable counts as absent. A value that is not possible is a `ConfigurationError` before anything is asked.",
        _table(("setting", "environment (wins)", "stack config", "default", "values"), setting_rows()),
        "Secrets are set with `pulumi config set --secret`, those of a subscription with `--path` too; one that stands in "
        "plaintext in the config is refused. [fleets.md](../fleets.md) tells what a subscription may be called, "
        "`accounts_from_config` what stands in `useapi:accounts`.",
    )


def setting_rows() -> Iterator[tuple[str, str, str, str, str]]:
    """What is set, the variable, the key, the default and the possible values; as Markdown."""
    for name in (None, "<name>"):
        what = f"API token of the subscription `{name}`" if name else "API token of the default subscription"
        variable = endpoint.api_token_variable(name)
        key = f"{_code(endpoint.api_token_key(name))}, secret"
        yield what, _code(variable), key, "", "`user:<number>-<unique>`, whole" if not name else "the same"
    defaults = settings.read_settings(lambda _key: None, {})
    documented = {name: (text, getattr(defaults, name)) for name, text in parse(settings.Settings).attributes.items()}
    days = parse(settings.read_expiry_warning_days).body.split("\n")[0]
    documented["expiry_warning_days"] = days, settings.DEFAULT_EXPIRY_WARNING_DAYS
    for text, default in documented.values():
        found = SETTING.match(text)
        if found is None:
            raise ValueError(f"no setting's docstring: {text}")
        shown = "" if default is None else _code(f"{default:g}" if isinstance(default, float) else str(default))
        yield _sentence(found["meaning"]), _code(found["variable"]), _code(found["key"]), shown, found["rest"]


def _errors() -> str:
    classes = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.UseApiError)]
    tree = re.findall(r"\w+Error\b", (errors.__doc__ or "").split("```")[1])
    parts = [parse(errors).body.replace("```\nUse", "```text\nUse"), "All of them are in `pulumi_useapi.errors`."]
    for one in sorted(classes, key=lambda one: tree.index(one.__name__)):
        doc = parse(one)
        base = one.__mro__[1]
        kind = [f"A kind of `{base.__name__}`."] if base in classes else []
        parts += [f"## {one.__name__}", doc.body, *_attributes(doc), *kind]
    return _page("Errors", *parts)


def _client() -> str:
    client = pulumi_useapi.UseApiClient
    doc = parse(client)
    parts = [doc.body, _parameters(client.__init__, doc), *_raises(doc)]
    for name, member in vars(client).items():
        if name.startswith("_"):
            continue
        parts.append(f"### UseApiClient.{name}")
        if isinstance(member, property):
            returned = inspect.signature(member.fget).return_annotation if member.fget else ""
            parts += [f"A property: {_code(returned)}.", parse(member).body]
        else:
            parts += _callable(member)
    results = [part for one in (models.Account, models.Features, models.Subscription) for part in _data(one)]
    return _page(
        "API client",
        parse(pulumi_useapi.client).body,
        _CLIENT_EXAMPLE,
        "## UseApiClient",
        *parts,
        *results,
    )


def _index(texts: Mapping[str, str]) -> str:
    rows = [(_code(name), parse(getattr(pulumi_useapi, name)).summary) for name in pulumi_useapi.__all__]
    rows = [(name, "The version of the package, as text." if name == "`__version__`" else text) for name, text in rows]
    contents = [f"- [{text.splitlines()[0].removeprefix('# ')}]({name})" for name, text in texts.items()]
    return _page(
        "Reference",
        "What `pulumi_useapi` offers to programs. The names of the table are imported from `pulumi_useapi` itself; the error "
        "classes are in `pulumi_useapi.errors`.",
        "\n".join([*contents, "- [Commands](../cli.md)"]),
        _table(("name", "meaning"), rows),
    )


def _function(function: Callable[..., Any]) -> list[str]:
    return [f"## {function.__name__}", *_callable(function)]


def _callable(function: Any) -> list[str]:
    doc = parse(function)
    parts = [_signature(function), doc.body]
    if doc.args:
        parts.append(_parameters(function, doc))
    if doc.returns:
        parts.append(f"Returns: {doc.returns}")
    return [*parts, *_raises(doc)]


def _data(kind: type) -> list[str]:
    doc = parse(kind)
    names = [name for name, member in vars(kind).items() if isinstance(member, property)]
    more = {name: parse(vars(kind)[name]).body for name in names}
    annotations = inspect.get_annotations(kind) | {name: _return_type(vars(kind)[name]) for name in names}
    rows = [(_code(name), _code(annotations[name]), _sentence(text)) for name, text in (doc.attributes | more).items()]
    return [f"## {kind.__name__}", doc.body, _table(("field", "type", "meaning"), rows)]


def _return_type(member: property) -> str:
    return str(inspect.signature(member.fget).return_annotation) if member.fget else ""


def _parameters(function: Callable[..., Any], doc: Docstring) -> str:
    known = inspect.signature(function).parameters
    rows = [
        (_code(name), _code(known[name].annotation), _default(known[name]), _sentence(text))
        for name, text in doc.args.items()
    ]
    return _table(("input", "type", "default", "meaning"), rows)


def _default(parameter: inspect.Parameter) -> str:
    return "required" if parameter.default is _EMPTY else _code(repr(parameter.default))


def _attributes(doc: Docstring) -> list[str]:
    rows = [(_code(name), _sentence(text)) for name, text in doc.attributes.items()]
    return [_table(("attribute", "meaning"), rows)] if rows else []


def _raises(doc: Docstring) -> list[str]:
    lines = [f"- {_code(name)}: {text}" for name, text in doc.raises.items()]
    return ["Raises:", "\n".join(lines)] if lines else []


def _signature(function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    shown = [one for name, one in signature.parameters.items() if name != "self"]
    text = str(signature.replace(parameters=shown)).replace("'", "")
    if len(text) > 80:  # noqa: PLR2004 - about as wide as a page
        inner = str(signature.replace(parameters=shown, return_annotation=_EMPTY)).replace("'", "")[1:-1]
        lines = "".join(f"    {one},\n" for one in re.split(r", (?![^\[]*\])", inner))
        text = f"(\n{lines}) -> {signature.return_annotation}"
    return f"```python\ndef {function.__name__}{text}: ...\n```"


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", _NOTE, *(part.strip() for part in parts if part)]) + "\n"


def _table(head: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _code(text: object) -> str:
    return f"`{text}`"


def _linked(name: str, text: str, texts: Mapping[str, str]) -> str:
    """Link the documented names to where they are described, outside of headings and code."""
    homes = {
        heading: page for page, one in texts.items() for heading in re.findall(r"^#+ ([\w.]+)$", one, re.MULTILINE)
    }

    def link(found: re.Match[str]) -> str:
        page = homes.get(found[1].removesuffix("()"))
        if page is None:
            return found[0]
        anchor = found[1].removesuffix("()").replace(".", "").lower()
        return f"[{found[0]}]({'' if page == name else page}#{anchor})"

    blocks = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(
        block if block.startswith("```") else re.sub(r"(?<!`)`([\w.()]+)`(?!`)", link, block) for block in blocks
    )


if __name__ == "__main__":
    write()
