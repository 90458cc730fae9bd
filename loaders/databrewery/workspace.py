"""The installation's ini file, or model files named by themselves: which models there are, and how they are served."""

from __future__ import annotations

import json
from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cube_server.errors import ModelError

from .findings import Findings, Place

_TRUE = frozenset({"1", "yes", "true", "on"})
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMING = ("schema", "fact_prefix", "fact_suffix", "dimension_prefix", "dimension_suffix", "dimension_schema")
_OWN_SERVER = ("host", "port", "reload", "processes", "pid_file", "log", "log_level", "modules")

Options = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where tables lie.

    Attributes:
        url: As SQLAlchemy has it; None if the ini file has none.
        naming: `schema`, `fact_prefix` and other options on the names of tables.
    """

    url: str | None = None
    naming: Options = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """An installation.

    Attributes:
        name: What its model is called.
        models: The model files and folders, by the name that the ini file gives them.
        translations: By locale: which models it is for (`default` for all), and the file.
        store: The tables.
        settings: What the Slicer API needs of the ini file, as the section `slicer` of a model has it.
    """

    name: str
    models: Mapping[str, Path]
    translations: tuple[tuple[str, str, Path], ...] = ()
    store: Store = field(default_factory=Store)
    settings: Mapping[str, Any] = field(default_factory=dict)


def read_workspace(paths: tuple[Path, ...], findings: Findings) -> Workspace:
    """Read an ini file, or take model files and folders for an installation.

    Raises:
        ModelError: A file does not exist, or the ini file cannot be read.
    """
    for path in paths:
        if not path.exists():
            raise ModelError(f"There is no {path}.", hint="Name a slicer.ini, model files or .cubesmodel folders.")
    inis = [path for path in paths if path.suffix == ".ini"]
    if inis and len(paths) > 1:
        raise ModelError("An ini file says which models there are.", hint="Name it alone, or the models without it.")
    if inis:
        return _IniFile(inis[0], findings).workspace()
    return Workspace(name=paths[0].stem, models={path.stem: path for path in paths})


class _IniFile:
    def __init__(self, path: Path, findings: Findings) -> None:
        self._place = Place(path.name)
        self._findings = findings
        self._parser = ConfigParser(interpolation=None)
        try:
            self._parser.read_string(path.read_text(encoding="utf-8"))
        except (IniError, UnicodeDecodeError, OSError) as error:
            raise ModelError(f"Cannot read {path}: {str(error).splitlines()[0]}.") from error
        self._name = path.stem
        self._root = path.parent / self._options("workspace").get("root_directory", ".")

    def workspace(self) -> Workspace:
        workspace = Workspace(
            name=self._name,
            models=self._models(),
            translations=self._translations(),
            store=self._store(),
            settings={**self._served(), "info": self._info()},
        )
        self._note_others()
        return workspace

    def _options(self, section: str) -> Options:
        return dict(self._parser[section]) if self._parser.has_section(section) else {}

    def _models(self) -> dict[str, Path]:
        folder = self._root / self._options("workspace").get("models_directory", ".")
        found = {name: folder / path for name, path in self._options("models").items()}
        if main := self._options("model").get("path"):
            found["main"] = folder / main
        if not found:
            self._findings.blame(self._place, "There are no models.", "Name them under [models] as name: path.")
        for name, path in found.items():
            if not path.exists():
                self._findings.blame(self._place.at("models", name), f"There is no {path}.")
        return {name: path for name, path in found.items() if path.exists()}

    def _translations(self) -> tuple[tuple[str, str, Path], ...]:
        folder = self._root / self._options("workspace").get("models_directory", ".")
        return tuple(
            (section.removeprefix("locale ").strip(), model, folder / path)
            for section in self._parser.sections()
            if section.startswith("locale ")
            for model, path in self._options(section).items()
        )

    def _store(self) -> Store:
        stores = self._stores()
        if not stores:
            return Store()
        name, options = next(iter(stores.items()))
        for other in list(stores)[1:]:
            message = f"Data is loaded from one source at a time; the store is taken to be {name!r}."
            self._findings.unsupported(self._place.at(other), message)
        if options.get("type", "sql") != "sql":
            message = f"A store of type {options['type']!r} has no tables; name the data with --from."
            self._findings.unsupported(self._place.at(name, "type"), message)
        for option in options.keys() - {"type", "url", *_NAMING}:
            self._findings.ignored(self._place.at(name, option), f"The option {option!r} of Cubes' SQL store.")
        naming = {option: value for option, value in options.items() if option in _NAMING}
        return Store(url=self._url(options.get("url")), naming=naming)

    def _stores(self) -> dict[str, Options]:
        found = {
            name: self._options(name) for name in self._parser.sections() if name == "store" or name[:6] == "store_"
        }
        if path := self._options("workspace").get("stores_file"):
            more = ConfigParser(interpolation=None)
            more.read(self._root / path, encoding="utf-8")
            found |= {name: dict(more[name]) for name in more.sections()}
        return found

    def _url(self, url: str | None) -> str | None:
        """Read the path of an SQLite file from the folder of the installation."""
        scheme, separator, path = (url or "").partition(":///")
        if not scheme.startswith("sqlite") or not path or Path(path).is_absolute():
            return url
        return f"{scheme}{separator}{self._root / path}"

    def _served(self) -> dict[str, Any]:
        workspace, server = self._options("workspace"), self._options("server")
        given = {
            "json_record_limit": self._whole("server", "json_record_limit"),
            "allow_cors_origin": server.get("allow_cors_origin"),
            "visualizer": server.get("visualizer"),
            "timezone": workspace.get("timezone"),
            "first_weekday": self._weekday(workspace.get("first_weekday")),
            "prettyprint": server.get("prettyprint", "no").lower() in _TRUE,
        }
        return {name: value for name, value in given.items() if value is not None}

    def _whole(self, section: str, option: str) -> int | None:
        text = self._options(section).get(option)
        if text is None or text.strip().isdigit():
            return int(text) if text else None
        self._findings.blame(self._place.at(section, option), f"{text!r} is no whole number.")
        return None

    def _weekday(self, text: str | None) -> int | None:
        if text is None:
            return None
        if text.strip() in {str(day) for day in range(7)}:
            return int(text)
        if text.strip().lower() in _WEEKDAYS:
            return _WEEKDAYS.index(text.strip().lower())
        place = self._place.at("workspace", "first_weekday")
        self._findings.blame(place, f"{text!r} is no weekday.", "Write 0 to 6, where 0 is Monday, or its name.")
        return None

    def _info(self) -> dict[str, Any] | None:
        if path := self._options("workspace").get("info_file"):
            return dict(read_json(self._root / path))
        return dict(self._options("info")) or None

    def _note_others(self) -> None:
        for option in self._options("server").keys() & set(_OWN_SERVER):
            message = f"{option!r}: this server has settings of its own."
            self._findings.ignored(self._place.at("server", option), message)
        for option in self._options("workspace").keys() & {"log", "log_level"}:
            self._findings.ignored(self._place.at("workspace", option), f"{option!r}: this server has its own log.")
        for section, option in (("workspace", "authorization"), ("server", "authentication")):
            value = self._options(section).get(option, "none")
            if value != "none":
                message = f"{option} {value!r} is not taken over: this server's own keys say who may ask."
                self._findings.unsupported(self._place.at(section, option), message)
        for section in self._parser.sections():
            if section in ("authorization", "authentication"):
                self._findings.unsupported(self._place.at(section), f"[{section}] is not taken over.")


def read_json(path: Path) -> Mapping[str, Any]:
    """Read a JSON object from a file.

    Raises:
        ModelError: The file cannot be read, or holds no JSON object.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"Cannot read {path}: {error}.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ModelError(f"{path} is no valid JSON: {error.msg} at {where}.") from error
    if not isinstance(data, dict):
        raise ModelError(f"{path} holds no JSON object.")
    return data
