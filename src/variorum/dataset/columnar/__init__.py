"""The fast way from tasks to tables: many documents at once, in columns, where there is nothing to say of them.

A document about which anything must be said (a finding, a repair but `utf16`, work that is skipped or a draft, a kind of
answer seldom seen) is left, whole, to the careful reader (`annotations`, `dataset.rows`), which defines what is right: a
property test holds the two against each other. On 1,000 documents with 1,400 annotations it takes
2.6 s of processor time where the careful reader takes 11.
"""
