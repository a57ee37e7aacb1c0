"""The language of some texts, by their commonest words: enough to fill in a field that a person reads."""

import re
from collections import Counter

UNDETERMINED = "und"
"""BCP 47 for a language that is not known."""
_SHARE = 0.08
"""Share of the words that must be among a language's. In running text they are 0.2 and more; in a related one about 0.1."""
_LEAD = 1.5
"""How many times the next language's."""
_WORDS = {
    "da": "af at blev den der det en er et for fra har ikke jeg med og også på som til var vi",
    "de": "auch auf das dem den der des die ein eine er es für ist mit nicht sich sie und von war wird zu",
    "en": "a and are as at be by for from has have in is it not of on that the this to was were with",
    "es": "con de del el en es fue ha las lo los más no para pero por que se su un una y",
    "fr": "au aux dans des du elle en est et il la le les ne pas par plus pour qui que sur un une",
    "it": "che con da dei del della di e gli il in la le ma nel non per più si sono un una",
    "nl": "aan als dat de die een en het hij in is met naar niet ook op te van voor was wordt zijn",
    "pl": "ale co do i jak jest na nie o od oraz po przez się że to w został z za",
    "pt": "ao com como da do dos e em foi mais na não no o os para pela por que se um uma",
    "ru": "а бы в для до его за и из как к на не но о от по с что это",  # noqa: RUF001 # Cyrillic is meant
    "sv": "att av den det en ett för från har inte jag med och också om på som till var vi är",
    "uk": "а або але в до є за з і із її й на не про та у що це як",  # noqa: RUF001 # Cyrillic is meant
}


def language_of(text: str) -> str:
    """A BCP 47 code; `und` where no language is plain."""
    words = re.findall(r"\w+", text.lower())
    shares = Counter({name: sum(word in known for word in words) for name, known in _KNOWN.items()})
    (best, most), (_, next_most) = shares.most_common(2)
    return best if most > _SHARE * len(words) and most > _LEAD * next_most else UNDETERMINED


_KNOWN = {name: frozenset(words.split()) for name, words in _WORDS.items()}
