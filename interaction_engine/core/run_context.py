"""What is known of a computation from its beginning, and the provenance made of it at the end."""

import inspect
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar, runtime_checkable

from .result import Provenance
from .version import VERSION

SURROUNDINGS = frozenset({"model", "data", "compute", "report", "seed"})
"""Arguments of a method that are none of its options."""

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")


@runtime_checkable
class Described(Protocol):
    """What a provenance names: a registered method, or a `Description`."""

    @property
    def name(self) -> str:
        """The name that it is shown under."""
        ...

    @property
    def title(self) -> str:
        """The name of the method on screens."""
        ...

    @property
    def source(self) -> str:
        """The paper, with its section."""
        ...


class Description(NamedTuple):
    """Name, title and source of a computation that is no registered method, such as the estimate of a cost."""

    name: str
    title: str
    source: str


@runtime_checkable
class Sampling(Protocol):
    """How a table was sampled, in a sentence."""

    @property
    def sentence(self) -> str:
        """How the rows were chosen, in one sentence."""
        ...


@runtime_checkable
class Population(Protocol):
    """The data of a computation, as far as its provenance names them."""

    @property
    def name(self) -> str:
        """The name of the data."""
        ...

    @property
    def sampling(self) -> Sampling | None:
        """How its rows were chosen from a larger table; None if it is the whole table."""
        ...


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """A computation that has begun.

    Attributes:
        method: What is computed.
        options: What it was called with, defaults included.
        seed: Its random seed.
        data: Name of the data.
        sampling: A sentence on how the data were sampled from a larger table; empty where they were not.
        began: When it began, on the clock of `time.perf_counter`.
    """

    method: Described
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    data: str = ""
    sampling: str = ""
    began: float = field(default_factory=time.perf_counter)

    @classmethod
    def begin(
        cls, method: Described, data: Population, seed: int = 0, options: Mapping[str, Any] | None = None
    ) -> "RunContext":
        """Start the clock of a computation on `data`."""
        sampling = data.sampling.sentence if data.sampling is not None else ""
        return cls(method=method, options=dict(options or {}), seed=seed, data=data.name, sampling=sampling)

    @property
    def seconds(self) -> float:
        """Wall time since the beginning."""
        return time.perf_counter() - self.began

    def with_options(self, **options: Any) -> "RunContext":
        """Return the context with options replaced by what was made of them, such as a default that depends on data."""
        return replace(self, options={**self.options, **options})

    def provenance(
        self, *, model: str, device: str, rows: int, evaluations: int = 0, notes: Iterable[str] = ()
    ) -> Provenance:
        """Return how the result came about; called when it is finished.

        Args:
            model: Name of the model.
            device: Where the model computed.
            rows: Number of rows of the population.
            evaluations: How often the model was asked for a score.
            notes: What a reader must know before believing the result, one sentence each. That of `sampling` follows.
        """
        return Provenance(
            method=self.method.name,
            title=self.method.title,
            options=dict(self.options),
            seed=self.seed,
            data=self.data,
            model=model,
            rows=rows,
            evaluations=evaluations,
            seconds=self.seconds,
            device=device,
            version=VERSION,
            source=self.method.source,
            notes=(*notes, *filter(None, [self.sampling])),
        )


def in_context(
    method: Described, like: Callable[..., Any] | None = None
) -> Callable[[Callable[Concatenate[RunContext, Arguments], Returned]], Callable[Arguments, Returned]]:
    """Give the decorated function, as its first argument, the `RunContext` of every call.

    The context is no part of the function's signature: forms, flags and documentation are made of the other parameters.

    Args:
        method: What the function computes.
        like: A function whose options it takes too, instead of naming them once more: it finds them in the context.
    """

    def decorate(function: Callable[Concatenate[RunContext, Arguments], Returned]) -> Callable[Arguments, Returned]:
        signature = inspect.signature(function)
        first, *others = signature.parameters.values()
        public = inspect.signature(like) if like else signature.replace(parameters=others)

        @wraps(function)
        def called(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Returned:
            bound = public.bind(*args, **kwargs)
            bound.apply_defaults()
            given = bound.arguments
            options = {name: value for name, value in given.items() if name not in SURROUNDINGS}
            run = RunContext.begin(method, given["data"], given.get("seed", 0), options)
            return function(run, *args, **kwargs)

        called.__signature__ = public  # type: ignore[attr-defined]
        annotated = like or function
        called.__annotations__ = {key: one for key, one in annotated.__annotations__.items() if key != first.name}
        return called

    return decorate


def completed(method: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options of a method and its seed: those given, and its defaults for the others."""
    offered = {name: one.default for name, one in inspect.signature(method).parameters.items()}
    known = {name: value for name, value in offered.items() if value is not inspect.Parameter.empty}
    return {name: value for name, value in known.items() if name not in SURROUNDINGS or name == "seed"} | dict(options)
