"""A very small city: one matter, two districts, three sub-districts. Real values of the real classes."""

from classifier.gazetteer import Gazetteer, Place, PlaceLevel
from classifier.proposal import Kind, Urgency
from classifier.taxonomy import Leaf, Taxonomy

TAXONOMY = Taxonomy(
    leaves=(
        Leaf(
            code="0101",
            path=("环境保护", "噪声", "夜间施工"),
            name="夜间施工",
            spoken="夜里工地施工太吵",
            definition="夜间建筑施工噪声扰民",
            aliases=(),
            examples=(),
            kind=Kind.COMPLAINT,
            urgency=Urgency.NORMAL,
            deadline_h=168,
            organisation_kind="街道办事处",
            questions=(),
        ),
    ),
    moved={},
    version="test",
)
PLACES = Gazetteer(
    places=(
        Place("110105", "朝阳区", PlaceLevel.DISTRICT, "", ()),
        Place("110106", "丰台区", PlaceLevel.DISTRICT, "", ()),
        Place("110105001", "建外街道", PlaceLevel.SUBDISTRICT, "110105", ()),
        Place("110105002", "朝外街道", PlaceLevel.SUBDISTRICT, "110105", ()),
        Place("110106001", "右安门街道", PlaceLevel.SUBDISTRICT, "110106", ()),
    ),
    version="test",
)
