"""Findings that wait in memory."""

from variorum.findings import Finding, Packed, Where, finding


def test_packed_findings_come_back_as_they_were() -> None:
    findings = [_repaired(number, "annotations/documents/round1/a1.json") for number in range(1000)]
    packed = Packed.of(findings)
    assert (packed.count, list(packed)) == (1000, findings)
    assert len(packed.packed) < 60 * len(findings)
    assert list(Packed.of([])) == list(Packed()) == []


def test_findings_in_a_file_whose_name_is_no_utf8() -> None:
    findings = [_repaired(1, "annotations/documents/round1/a\udce9.json")]
    assert list(Packed.of(findings)) == findings


def _repaired(number: int, file: str) -> Finding:
    where = Where(file, 3 * number, task=str(number // 50), annotation=str(number // 50 + 7), region=f"{number * 7919:x}")
    return finding(where, "repair-utf16", f"[{number + 2}, {number + 9}) became [{number}, {number + 7}).")
