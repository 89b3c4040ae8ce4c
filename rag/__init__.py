"""Questions and answers: what is asked, which sentence answers, how sure that is, where it was printed."""
