// Before anything is painted: the theme that was chosen here, if one was.
try { document.documentElement.dataset.theme = localStorage.getItem("theme") ?? ""; } catch { /* nothing is kept here */ }
