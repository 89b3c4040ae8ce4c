"""The reader of newspaper pages: from one page's text to what a person sees on it.

lines → style → roles → links → headlines → drafts. Nothing here knows `index.article`: it hands back `Draft`s made of
lines, each line with its raw runs, and `index.article` turns them into articles.
"""
