from tests.integration.api.shape import DESCRIPTION, faults


def test_every_reference_in_the_description_leads_somewhere() -> None:
    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [found for each in node.values() for found in references(each)]
        return [found for each in node for found in references(each)] if isinstance(node, list) else []

    for reference in references(DESCRIPTION):
        place = DESCRIPTION
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    operations = [entry["operationId"] for methods in DESCRIPTION["paths"].values() for entry in methods.values()]
    assert len(operations) == len(set(operations))


def test_the_shape_checker_finds_what_is_wrong() -> None:
    schema = DESCRIPTION["components"]["schemas"]["Answered"]
    good = {"order_id": "a", "case_no": "1", "answer": "accepted", "answered_at": "2026-01-05T01:00:00.000+00:00"}

    assert faults(good, schema) == []
    assert faults({**good, "answer": "perhaps"}, schema)
    assert faults({**good, "answered_at": "2026-01-05 01:00"}, schema)
    assert faults({**good, "more": 1}, schema)
    assert faults({"order_id": "a"}, schema)
    assert faults({**good, "order_id": None}, schema)
    assert faults([], schema)
