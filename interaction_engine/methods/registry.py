"""All methods and trainings by name. A method's signature is the only definition of its options.

Registering a method takes one line here; the form in the browser, the command-line flags, the stored specification and
the documentation are drawn from the signature of its function.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from ..core.errors import InputError
from ..core.result import Result
from ..core.types import Capability, Model
from ..models.io.export import check as export_check
from ..models.training import bayesian as bayesian_training
from ..models.training import mlp
from ..models.training import words as word_training
from .additive_models import ebm, editing, forest, gam, shapes
from .additive_models.compression import compression
from .additive_models.nit import nit
from .additive_models.paraace import paraace
from .and_or import cost as and_or_plan
from .and_or import decomposition as and_or
from .bayesian import cost as bayesian_cost
from .bayesian import group_expected_hessian
from .finite_differences import cliques, exact, sensitivity, ucb
from .finite_differences import cost as planning
from .hessians import cost as derivative_planning
from .hessians import expected_hessians, input_hessian, integrated_hessians, nid
from .partial_dependence import pair_effect, triple_effect
from .training_dynamics import cost as training_planning
from .training_dynamics import dynamics

CONTEXT = frozenset({"compute", "report"})
"""Keyword parameters that the surroundings supply; they are no options of the user's."""


@dataclass(frozen=True)
class Method:
    """A registered function: `family` is that of its result, `needs` what it asks of a model, `role` where it is
    offered.

    Roles: "detector" (the Detect page, `detect`), "trainer" (the Model page, `train`), "view" (asked for by a screen),
    "study" (of the data alone, without a model: asked for by a screen, and `detect`), "editor" (makes a model of a
    model, judged as after a training).
    `part` computes one of the parts that the function asks of `report.parts`: it takes what the function takes, and
    the keyword `index`. `plan` tells what the function will cost: it takes what the function takes, or as much of it as
    it needs. `studies_model` is False for a detector that trains a model of its own.
    """

    name: str
    title: str
    summary: str
    source: str
    role: str
    family: str
    function: Callable[..., Any]
    needs: frozenset[Capability] = frozenset()
    part: Callable[..., Mapping[str, Any]] | None = None
    plan: Callable[..., Result] | None = None
    studies_model: bool = True

    @cached_property
    def options(self) -> type[BaseModel]:
        """The pydantic model of the function's keyword-only parameters; unknown names and values out of range are
        refused."""
        parameters = inspect.signature(self.function).parameters.values()
        offered = [one for one in parameters if one.kind is one.KEYWORD_ONLY and one.name not in CONTEXT]
        given = {one.name: (one.annotation, ... if one.default is one.empty else one.default) for one in offered}
        config = ConfigDict(extra="forbid", frozen=True)
        return create_model(f"{self.name}_options", __config__=config, **given)  # type: ignore[call-overload]

    def read_options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The full set of options, defaults included; `InputError` names the first that is unknown or out of range."""
        try:
            return dict(self.options(**given))
        except ValidationError as problem:
            raise InputError(self._explain(problem)) from None

    def cost(self, *subjects: Any, **keywords: Any) -> Result:
        """What the function will cost with these arguments, as its plan has it; `InputError` when it has none."""
        if self.plan is None:
            raise InputError(f"What `{self.name}` will cost is not known before it runs.")
        return self.plan(*subjects, **self.planned(keywords))

    def planned(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Those of some arguments that the plan depends on."""
        known = inspect.signature(self.plan).parameters if self.plan else {}
        return {name: value for name, value in options.items() if name in known}

    def missing(self, capabilities: Iterable[str]) -> tuple[Capability, ...]:
        """What this method needs of a model and is not among its `capabilities`."""
        return tuple(sorted(self.needs - {Capability(one) for one in capabilities}))

    def check(self, model: Model) -> None:
        """`InputError` when the method needs what `model` cannot give."""
        missing = self.missing(model.capabilities)
        if missing:
            raise InputError(
                f"`{self.name}` needs {' and '.join(one.wanted for one in missing)}; `{model.name}` is none. Choose "
                "another model, or a method that takes any, as `ucb`, `exact` or `cliques`."
            )

    def _explain(self, problem: ValidationError) -> str:
        first = problem.errors()[0]
        name = str(first["loc"][0])
        if isinstance(said := first.get("ctx", {}).get("error"), InputError):
            return str(said)
        if first["type"] == "extra_forbidden":
            choices = ", ".join(f"`{one}`" for one in self.options.model_fields)
            return f"`{name}` is no option of `{self.name}`; it has {choices}."
        return f"`{name}` of `{self.name}`: {first['msg'][0].lower() + first['msg'][1:]}; got {first['input']!r}."


def method(name: str, *roles: str) -> Method:
    """The registered method of that name (of one of these roles); `InputError` lists the names there are."""
    found = METHODS.get(name)
    if found is None or (roles and found.role not in roles):
        choices = ", ".join(f"`{one.name}`" for one in METHODS.values() if not roles or one.role in roles)
        raise InputError(f"There is no {roles[0] if roles else 'method'} `{name}`; choose one of {choices}.")
    return found


def of_role(*roles: str) -> tuple[Method, ...]:
    """The registered methods of some roles, role by role, in the order in which they are offered."""
    return tuple(one for role in roles for one in METHODS.values() if one.role == role)


_QUERIES = frozenset({Capability.QUERIES})
_GRADIENTS = frozenset({Capability.GRADIENTS})
_TERMS = frozenset({Capability.TERMS})
_POSTERIOR = frozenset({Capability.POSTERIOR})

_TRAINING = "AdamW (Loshchilov & Hutter 2019) on mini-batches, stopped early on rows kept aside"

METHODS: dict[str, Method] = {
    one.name: one
    for one in (
        Method(
            "ucb",
            ucb.TITLE,
            "Certifies the strongest pairs, and stops as soon as they are certain or tied.",
            ucb.SOURCE,
            "detector",
            "pairs",
            ucb.ucb_pairs,
            _QUERIES,
            plan=planning.plan_detection,
        ),
        Method(
            "exact",
            exact.TITLE,
            "Evaluates every pair on every row; nothing is left uncertain about these rows.",
            exact.SOURCE,
            "detector",
            "pairs",
            exact.exact_pairs,
            _QUERIES,
            plan=planning.plan_detection,
        ),
        Method(
            "cliques",
            cliques.TITLE,
            "Pairs, then triples, fours and more: each set proven beyond what its smaller sets explain.",
            cliques.SOURCE,
            "detector",
            "subsets",
            cliques.cliques,
            _QUERIES,
            plan=planning.plan_detection,
        ),
        Method(
            "integrated_hessians",
            integrated_hessians.TITLE,
            "What each feature and each pair adds to single predictions, which it makes up in full.",
            integrated_hessians.SOURCE,
            "detector",
            "rows",
            integrated_hessians.integrated_hessians,
            _GRADIENTS,
            plan=derivative_planning.plan_integrated,
        ),
        Method(
            "expected_hessians",
            expected_hessians.TITLE,
            "The same against many rows of the data, so that no baseline has to be chosen.",
            expected_hessians.SOURCE,
            "detector",
            "rows",
            expected_hessians.expected_hessians,
            _GRADIENTS,
            plan=derivative_planning.plan_expected,
        ),
        Method(
            "input_hessian",
            input_hessian.TITLE,
            "How far the effect of one feature changes with another right at the rows; quick, and blind further away.",
            input_hessian.SOURCE,
            "detector",
            "pairs",
            input_hessian.input_hessian,
            _GRADIENTS,
            plan=derivative_planning.plan_input,
        ),
        Method(
            "nid",
            nid.TITLE,
            "Ranks pairs by what the weights of a network could let them do; needs no predictions.",
            nid.SOURCE,
            "detector",
            "pairs",
            nid.nid,
            frozenset({Capability.MLP_WEIGHTS}),
            plan=derivative_planning.plan_nid,
        ),
        Method(
            "group_expected_hessian",
            group_expected_hessian.TITLE,
            "Pairs of a Bayesian network over regions of the data, with intervals and a permutation test.",
            group_expected_hessian.SOURCE,
            "detector",
            "group_hessians",
            group_expected_hessian.group_expected_hessian,
            _POSTERIOR,
            part=group_expected_hessian.chance_part,
            plan=bayesian_cost.plan_groups,
        ),
        Method(
            "and_or",
            and_or.TITLE,
            "The AND and OR patterns that make up a prediction, as few as can be, exact on every masked row.",
            and_or.SOURCE,
            "detector",
            "and_or",
            and_or.and_or,
            _QUERIES,
            plan=and_or_plan.and_or_plan,
        ),
        Method(
            "dynamics",
            dynamics.TITLE,
            "Trains a network and follows its AND and OR patterns: how their orders fall, then rise.",
            dynamics.SOURCE,
            "detector",
            "dynamics",
            dynamics.dynamics,
            _QUERIES,
            studies_model=False,
        ),
        Method(
            "ensemble",
            "Ensemble of neural networks",
            "Separately seeded networks trained as one; in detection the noise of each cancels.",
            _TRAINING,
            "trainer",
            "model",
            mlp.train_ensemble,
            plan=training_planning.plan_of_training(mlp.train_ensemble),
        ),
        Method(
            "mlp",
            "Neural network",
            "One multilayer perceptron.",
            _TRAINING,
            "trainer",
            "model",
            mlp.train_mlp,
            plan=training_planning.plan_of_training(mlp.train_mlp),
        ),
        Method(
            "bayesian",
            bayesian_training.TITLE,
            "A distribution of networks that can say how sure it is; found pairs get credible intervals.",
            bayesian_training.SOURCE,
            "trainer",
            "model",
            bayesian_training.train_bayesian,
            plan=training_planning.plan_of_training(bayesian_training.train_bayesian),
        ),
        Method(
            "words",
            "Network of words",
            "For a text column: looks for patterns of up to three words in a row.",
            word_training.SOURCE,
            "trainer",
            "model",
            word_training.train_words,
            plan=training_planning.plan_of_training(word_training.train_words),
        ),
        Method(
            "nit",
            nit.TITLE,
            "Learns which few features belong together, and adds up a term of each such set.",
            nit.SOURCE,
            "trainer",
            "model",
            nit.train_nit,
        ),
        Method(
            "paraace",
            paraace.TITLE,
            "A small network for every feature and every interaction, put together by a fix-up layer.",
            paraace.SOURCE,
            "trainer",
            "model",
            paraace.train_paraace,
            plan=training_planning.plan_of_training(paraace.train_paraace),
        ),
        Method(
            "ebm",
            ebm.TITLE,
            "Trees boosted on one feature at a time, then on the strongest pairs; read as curves and maps.",
            ebm.SOURCE,
            "trainer",
            "model",
            ebm.train_ebm,
        ),
        Method(
            "gam",
            gam.GAM_TITLE,
            "A smooth curve for every feature and no interactions.",
            gam.SOURCE,
            "trainer",
            "model",
            gam.train_gam,
        ),
        Method(
            "linear",
            gam.LINEAR_TITLE,
            "A straight line for every feature and no interactions.",
            gam.SOURCE,
            "trainer",
            "model",
            gam.train_linear,
        ),
        Method(
            "forest",
            forest.TITLE,
            "Many trees, which learn interactions of any order and show none.",
            forest.SOURCE,
            "trainer",
            "model",
            forest.train_forest,
            plan=training_planning.plan_of_training(forest.train_forest),
        ),
        Method(
            "pair_effect",
            pair_effect.TITLE,
            "How two features move the prediction together, and what each does alone.",
            pair_effect.SOURCE,
            "view",
            "pair_effect",
            pair_effect.pair_effect,
            _QUERIES,
        ),
        Method(
            "triple_effect",
            triple_effect.TITLE,
            "What two features do together at several values of a third.",
            triple_effect.SOURCE,
            "view",
            "triple_effect",
            triple_effect.triple_effect,
            _QUERIES,
        ),
        Method(
            "sensitivity",
            sensitivity.TITLE,
            "How far the ranking of the pairs depends on the step and on the rows behind it.",
            sensitivity.SOURCE,
            "view",
            "sensitivity",
            sensitivity.sensitivity,
            _QUERIES,
        ),
        Method(
            "edit",
            editing.TITLE,
            "Some curves redrawn and some terms left out, everything else as it was; a new model.",
            editing.SOURCE,
            "editor",
            "model",
            editing.edit_shapes,
            _TERMS,
        ),
        Method(
            "export",
            export_check.TITLE,
            "The model as a file that other programs run, and how far the file is from the model.",
            export_check.SOURCE,
            "view",
            "exported",
            export_check.export_checked,
            _QUERIES,
        ),
        Method(
            "shapes",
            shapes.TITLE,
            "The terms of an additive model as curves and maps, with what each is worth.",
            shapes.SOURCE,
            "view",
            "shapes",
            shapes.shapes,
            _TERMS,
        ),
        Method(
            "compression",
            compression.TITLE,
            "How small a network can be: ParaACE against distillation, lottery tickets and SynFlow of its size.",
            compression.SOURCE,
            "study",
            "compression",
            compression.compression,
        ),
    )
}
