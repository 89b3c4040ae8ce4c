"""The same archive on Milvus, for what one machine does not hold (see docs/scale.md).

    NAME            passages: vector, weights of their terms, and what the ranker looks at      `rows`
    NAME_documents  documents: page, articles, passages and where their words stand, in pieces  `rows`
    NAME_state      the manifest in use, how many passages hold each term, who writes            `state`, `statistics`

Rows are never changed: a document's key is a hash of its id and its file, a passage's number is that key and its
place, so that writing them again changes nothing. Each carries the generation from which on it counts; a reader looks
at those up to its own, without the few that the manifest calls gone. To publish is to replace one row: the manifest.
"""
