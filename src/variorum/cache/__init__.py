"""What earlier runs have found out, by the content of all that it depends on: never stale, and safe to delete at any time.

`file_digests` tells which content a file has without reading it again, `code_version` which code worked on it, `store`
keeps results by such digests, and `last_build` sees that nothing at all has changed.
"""
