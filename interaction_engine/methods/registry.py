"""The registered methods and trainings. A method's signature is the only definition of its options.

Each family registers its methods in `<family>/registration.py`, which imports neither PyTorch nor the method itself: a
list of methods needs no more. The form in the browser, the command-line flags, the stored specification and the
documentation are drawn from the signature of the function, which is imported when it is first needed.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib import import_module
from threading import RLock
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError
from ..core.types import Capability, Model

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from ..core.result import Result

FAMILIES = (
    "finite_differences",
    "hessians",
    "bayesian",
    "and_or",
    "training_dynamics",
    "networks",
    "additive_models",
    "partial_dependence",
)
"""The families in the order in which their methods are offered."""

CONTEXT = frozenset({"compute", "report"})
"""Keyword parameters that the surroundings supply; they are no options of the user's."""

PAIRED = frozenset({"pairs", "subsets", "rows", "group_hessians"})
"""Families of results from which a table of pairs can be read."""


class Role(StrEnum):
    """Where a method is offered.

    A detector on the Detect page and by `detect`; a trainer on the Model page and by `train`; a view is requested by a
    screen; a study looks at the data alone, without a model; an editor makes a model of a model, judged as after a
    training.
    """

    DETECTOR = "detector"
    TRAINER = "trainer"
    VIEW = "view"
    STUDY = "study"
    EDITOR = "editor"


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method, by names only: what it computes is imported when it is first called.

    Attributes:
        name: The name in the API and on the command line.
        title: The name on screens.
        label: A run of it in a few words.
        summary: What it does, in one sentence.
        source: Paper, section, equation.
        role: Where it is offered.
        family: The family of its result.
        path: Dotted path of the function, inside `interaction_engine`.
        needs: What it requires of a model.
        part: Path of the function that computes one of the parts which the method asks of `report.parts`: it takes what
            the method takes, and the keyword `index`.
        plan: Path of the function that estimates the cost: it takes what the method takes, or as much of it as it
            needs. Of a trainer, the path of a function that makes one of the training.
        studies_model: Whether a detector looks at a model of the user's; else it trains one of its own.
        screen: The screen that shows its result first.
        rows: What its rows are called.
        joint_effect: What it calls an effect, where that is not the joint effect of moves.
        pair_words: Path of the words for its pairs (`common.pair_words.PairWords`), where they are not those of races.
    """

    name: str
    title: str
    label: str
    summary: str
    source: str
    role: Role
    family: str
    path: str | Callable[..., Any]
    needs: frozenset[Capability] = frozenset()
    part: str | Callable[..., Mapping[str, Any]] | None = None
    plan: str | Callable[..., Any] | None = None
    studies_model: bool = True
    screen: str = "pairs"
    rows: str = "Background rows"
    joint_effect: str = ""
    pair_words: str = ""

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The method itself."""
        return _imported(self.path)

    @cached_property
    def part_function(self) -> Callable[..., Mapping[str, Any]] | None:
        """The function that computes one part; None where the method has no parts."""
        return None if self.part is None else _imported(self.part)

    @cached_property
    def plan_function(self) -> Callable[..., "Result"] | None:
        """The function that estimates the cost; None where it is not known before."""
        if self.plan is None:
            return None
        result = _imported(self.plan)
        return result(self.function) if self.role is Role.TRAINER else result

    @property
    def words(self) -> Any:
        """The words for its pairs; None where they are those of races."""
        return _imported(self.pair_words) if self.pair_words else None

    @property
    def has_pairs(self) -> bool:
        """Whether a table of pairs can be read from its result."""
        return self.family in PAIRED

    @cached_property
    def options(self) -> "type[BaseModel]":
        """The pydantic model of the function's keyword-only parameters.

        Unknown names and values out of range are refused.
        """
        from pydantic import ConfigDict, create_model

        parameters = inspect.signature(self.function).parameters.values()
        offered = [one for one in parameters if one.kind is one.KEYWORD_ONLY and one.name not in CONTEXT]
        given = {one.name: (one.annotation, ... if one.default is one.empty else one.default) for one in offered}
        config = ConfigDict(extra="forbid", frozen=True)
        return create_model(f"{self.name}_options", __config__=config, **given)  # type: ignore[call-overload]

    def read_options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the full set of options, defaults included.

        Raises:
            InputError: An option is unknown or out of range; the sentence names the first.
        """
        from pydantic import ValidationError

        try:
            return dict(self.options(**given))
        except ValidationError as problem:
            raise InputError(self._explain(problem)) from None

    def cost(self, *subjects: Any, **keywords: Any) -> "Result":
        """Return what the function will cost with these arguments, as its plan has it.

        Raises:
            InputError: The cost is not known before the method runs.
        """
        if self.plan_function is None:
            raise InputError(f"What `{self.name}` will cost is not known before it runs.")
        return self.plan_function(*subjects, **self.planned(keywords))

    def planned(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of some arguments that the plan depends on."""
        known = inspect.signature(self.plan_function).parameters if self.plan_function else {}
        return {name: value for name, value in options.items() if name in known}

    def missing(self, capabilities: Iterable[str]) -> tuple[Capability, ...]:
        """Return what this method needs of a model and is not among its `capabilities`."""
        return tuple(sorted(self.needs - {Capability(one) for one in capabilities}))

    def check(self, model: Model) -> None:
        """Check that `model` gives what the method needs.

        Raises:
            InputError: It does not.
        """
        missing = self.missing(model.capabilities)
        if missing:
            any_model = frozenset({Capability.QUERIES})
            others = [f"`{one.name}`" for one in of_role(Role.DETECTOR) if one.needs == any_model][:3]
            raise InputError(
                f"`{self.name}` needs {' and '.join(one.wanted for one in missing)}; `{model.name}` is none. Choose "
                f"another model, or a method that takes any, as {', '.join(others[:-1])} or {others[-1]}."
            )

    def _explain(self, problem: "ValidationError") -> str:
        first = problem.errors()[0]
        name = str(first["loc"][0])
        if isinstance(sentence := first.get("ctx", {}).get("error"), InputError):
            return str(sentence)
        if first["type"] == "extra_forbidden":
            choices = ", ".join(f"`{one}`" for one in self.options.model_fields)
            return f"`{name}` is no option of `{self.name}`; it has {choices}."
        return f"`{name}` of `{self.name}`: {first['msg'][0].lower() + first['msg'][1:]}; got {first['input']!r}."


class Registry(Mapping[str, Method]):
    """The methods by name, read from the registrations of the families when they are first looked up."""

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}
        self._reading = RLock()  # pages run in threads of their own, and none may see half a list

    def __getitem__(self, name: str) -> Method:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def register(self, *methods: Method) -> None:
        """Add methods of one's own."""
        self._read().update({one.name: one for one in methods})

    def _read(self) -> dict[str, Method]:
        with self._reading:
            if not self._methods:
                modules = [import_module(f"{__package__}.{family}.registration") for family in FAMILIES]
                self._methods = {one.name: one for module in modules for one in module.METHODS}
            return self._methods


METHODS = Registry()


def method(name: str, *roles: str) -> Method:
    """Return the registered method of that name.

    Args:
        name: The name.
        roles: The roles it may have; any if none is given.

    Raises:
        InputError: There is none; the sentence lists those there are.
    """
    result = METHODS.get(name)
    if result is None or (roles and result.role not in roles):
        choices = ", ".join(f"`{one.name}`" for one in METHODS.values() if not roles or one.role in roles)
        raise InputError(f"There is no {roles[0] if roles else 'method'} `{name}`; choose one of {choices}.")
    return result


def of_role(*roles: str) -> tuple[Method, ...]:
    """Return the registered methods of some roles, role by role, in the order in which they are offered."""
    return tuple(one for role in roles for one in METHODS.values() if one.role == role)


def _imported(path: str | Callable[..., Any]) -> Any:
    """What a dotted path inside `interaction_engine` names; what is no path is returned as it is."""
    if not isinstance(path, str):
        return path
    module, _, name = path.rpartition(".")
    return getattr(import_module(f"interaction_engine.{module}"), name)
