"""What tuples are sorted, chosen and kept by: measures by name, formulas, conditions."""

from __future__ import annotations

from cube_server.errors import nearest
from cube_server.formulas.check import FormulaType, numbers
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.tree import Name, Node
from cube_server.formulas.write import write
from cube_server.model.definitions import Blame, Definitions
from cube_server.model.elements import CalculatedMeasure, Cube, Measure
from cube_server.model.expressions import axis_calls, expand
from cube_server.model.tables import Text


class Values:
    """Reads what stands for a number or a condition in a question.

    Args:
        cube: The cube.
        blame: Notes mistakes.
    """

    def __init__(self, cube: Cube, blame: Blame) -> None:
        self._cube, self._blame = cube, blame

    def measure(self, place: str, name: str) -> Measure | None:
        """Find a measure by name."""
        measure = self._cube.measure(name)
        if measure is None:
            known = [known.name for known in self._cube.measures]
            self._blame(place, f"Cube {self._cube.name!r} has no measure {name!r}.", nearest(name, known))
        return measure

    def number(self, place: str, given: str) -> Measure | None:
        """Read the name of a measure, or a formula over measures."""
        if given.replace(".", "_").isidentifier() or self._cube.measure(given):
            return self.measure(place, given)
        tree = self._tree(place, given, FormulaType.NUMBER)
        if isinstance(tree, Name):
            return self.measure(place, tree.name)
        return self._defined(place, f"by {write(tree)}", given, tree) if tree else None

    def condition(self, place: str, given: str | None) -> CalculatedMeasure | None:
        """Read a condition on measures."""
        tree = None if given is None else self._tree(place, given, FormulaType.CONDITION)
        return self._defined(place, f"having {place}", given, tree) if tree and given else None

    def goes_along_axis(self, measure: Measure) -> bool:
        """Tell whether a measure depends on the order of an axis."""
        try:
            return any(axis_calls(expand(measure, self._cube)))
        except FormulaError:
            # What is wrong with its formula is blamed where the formula stands.
            return False

    def _tree(self, place: str, given: str, wanted: FormulaType) -> Node | None:
        definitions = Definitions(self._cube, self._blame)
        names = numbers([measure.name for measure in self._cube.measures])
        return definitions.parse(place, given, {**names, **definitions.attribute_types()}, (wanted,))

    def _defined(self, place: str, name: str, given: str, tree: Node) -> CalculatedMeasure:
        measure = CalculatedMeasure(
            name=name,
            label=Text(),
            description=Text(),
            folder=Text(),
            format="",
            unit="",
            text=given,
            formula=tree,
        )
        Definitions(self._cube, self._blame).check_measure(place, measure)
        return measure
