// What the page says, in Chinese and English.
export const WORDS = {
  zh: {
    browse: "浏览档案", fresh: "新对话", theme: "明暗", welcome: "向报纸档案提问", label: "问题", ask: "提问", close: "关闭",
    promise: "回答是报上印的原句，一字不改，附出处；档案里没有的，就说没有。", other: "English", placeholder: "例如：南海区有多少家社会办医疗机构？",
    understood: "理解为：", verbatim: "逐字 ✓", verbatimHint: "浏览器已将引文与原文逐字核对", copy: "复制引文", copied: "已复制", copyFailed: "浏览器不允许复制",
    nearest: "最接近的段落（不是回答）", passage: "查看原文", none: "档案里没有说。", seam: "此处两段在版面上是分开的", stopped: "已停止。问题还在输入框里。",
    failed: "连不上服务器。问题没有丢，请稍后再试。", sure: "很有把握", likely: "较有把握", unsure: "把握不大", thinking: "正在查找…", reading: "正在读：", edit: "修改", export: "导出", untitled: "（版面无标题）",
    reasons: {
      not_a_question: "这不像是问报纸的问题。请问一件报上可能登过的事，例如“谁主持了会议？”", no_match: "没有一段文字与这个问题相关。换一种说法试试。",
      entity_missing: "问题里的名称、年份或数字，相关报道里没有出现。", low_confidence: "有相近的报道，但没有一句能可靠地回答。",
    },
    articles: "篇", documents: "版面", filter: "筛选标题",
  },
  en: {
    browse: "Browse", fresh: "New conversation", theme: "Light / dark", welcome: "Ask the newspaper archive", label: "Question", ask: "Ask", close: "Close",
    promise: "The answer is the printed sentence, word for word, with its source. What the archive does not say, it does not answer.", other: "中文", placeholder: "For example: How many private clinics are there in Nanhai?",
    understood: "Understood as: ", verbatim: "verbatim ✓", verbatimHint: "This browser compared the quotation with the article, character by character", copy: "Copy citation", copied: "Copied", copyFailed: "The browser does not allow copying",
    nearest: "Nearest passages (not an answer)", passage: "Open the source", none: "The archive does not say.", seam: "Two pieces that stand apart on the page meet here", stopped: "Stopped. The question is still in the box.",
    failed: "The server cannot be reached. The question is kept; try again in a moment.", sure: "very likely right", likely: "probably right", unsure: "uncertain", thinking: "Searching…", reading: "Reading ", edit: "Edit", export: "Export", untitled: "(no headline on the page)",
    reasons: {
      not_a_question: "That is not a question to a newspaper. Ask about something that may have been printed, for example “Who chaired the meeting?”", no_match: "No passage is about this. Try other words.",
      entity_missing: "A name, year or number of the question does not appear in the reports on it.", low_confidence: "There are reports close to it, but no sentence that answers it reliably.",
    },
    articles: "articles", documents: "pages", filter: "Filter by title",
  },
};

export function language() {
  const kept = localStorage.getItem("language");
  return kept in WORDS ? kept : navigator.language.startsWith("zh") ? "zh" : "en";
}

export function words() {
  return WORDS[language()];
}

// Put the interface's words where elements ask for them by data-t.
export function translate() {
  const said = words();
  document.documentElement.lang = language();
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = said[element.dataset.t];
}

export function applyTheme() {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
}

export function switchTheme() {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  localStorage.setItem("theme", dark ? "light" : "dark");
  applyTheme();
}
