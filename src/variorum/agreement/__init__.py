"""How far annotators agree: figures with intervals, and the list of what they disagree on."""
