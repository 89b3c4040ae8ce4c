// What the page says, in Chinese and English; and the theme.
export const UNSURE = 0.9; // a join of pieces whose score is lower is called uncertain, as in /api/documents

const MONTHS = "January February March April May June July August September October November December".split(" ");
const WORDS = {
  zh: {
    other: "English", browse: "浏览档案", talk: "提问", fresh: "新对话", shelf: "对话", theme: "明暗", label: "问题", ask: "提问", close: "关闭", alone: "单独打开",
    welcome: "向报纸档案提问", promise: "回答是报上印的原句，一字不改，附出处；档案里没有的，就说没有。", placeholder: "问一件报上可能登过的事",
    keys: "Enter 发送 · Shift+Enter 换行 · ↑ 改上一问 · Esc 停止",
    rename: "改名", newName: "新的名称", remove: "删除", deleted: "已删除。", undo: "撤销", notKept: "浏览器没有地方保存这段对话了；需要的话请先导出。",
    thinking: "正在查找…", weighing: "正在读这几篇：", slow: "服务器比平时慢，还在等。按 Esc 停止，问题不会丢。", again: "再试一次",
    stopped: "已停止。问题还在输入框里。", failed: "连不上服务器。问题没有丢，请稍后再试。", tooLong: (length, most) => `问题有 ${length} 个字，最多 ${most} 个。`,
    errors: { rate_limited: "问得太快了。问题没有丢，请稍等再试。", not_ready: "服务器还在准备档案。问题没有丢，请稍后再试。", overloaded: "问的人太多了。问题没有丢，请稍等再试。", deadline_exceeded: "服务器没有来得及回答。问题没有丢，请稍后再试。", invalid_api_key: "这台服务器需要口令。" },
    understood: "理解为：", edit: "修改", export: "导出", untitled: "（版面无标题）",
    verbatim: "逐字 ✓", verbatimHint: "您的浏览器刚刚把引文与文章原文逐字核对过，完全一致。", seam: "这里把版面上分开的两段接在了一起。",
    sure: "很有把握", likely: "较有把握", unsure: "把握不大", sureHint: (share) => `估计这句话答对问题的可能是 ${share}%。原句总是报上印的，答得对不对请看原文。`,
    picked: "所选文字：", copy: "复制引文", copied: "已复制", copyFailed: "浏览器不允许复制", link: "复制链接",
    judge: "答得对吗？", judgeNo: "确实没有吗？", right: "对", wrong: "不对", why: "哪里不对？", noteLabel: "补充（可不填）", send: "提交", cancel: "取消",
    kept: "已记下，谢谢。只存在这台服务器上。", notSent: "没能记下，请稍后再试。",
    wrongs: { wrong_sentence: "答非所问", wrong_short_answer: "标出的短答案不对", incomplete: "不完整", should_answer: "档案里有答案", other: "其他" },
    suggested: "这份档案能回答，例如", inChinese: "（中文）",
    none: "档案里没有说。", talkOnly: "我只回答关于报纸内容的问题。", nearest: "最接近的段落（不是回答）", missing: (items) => `相关的报道里没有出现：${items}。`, better: "改问这个，档案有答案：", others: "相近的报道能回答：",
    reasons: {
      not_a_question: "请问一件报上可能登过的事，例如谁、什么时候、多少。",
      no_match: "没有一段文字与这个问题相关：可能这几版报纸没有报道，也可能报上用的是别的说法。",
      entity_missing: "问题里有的名称、年份或数字，相关的报道里没有。拿别处、别年的事来答，就答错了。",
      low_confidence: "有相近的报道，但没有一句能可靠地回答这个问题，所以不回答。",
    },
    parts: { section: "小标题", dateline: "电头", byline: "署名", caption: "图说", continuation: "接排", kicker: "引题" },
    comma: "，", date: (year, month, day) => `${year}年${month}月${day}日`, page: (number) => `${number}版`,
    raw: "版面原文", rawHint: "文件原样照登。同一篇文章的各块同一底色，数字是上面的篇次；划线的是栏目、责编和标记，红底的没能归入任何一篇。",
    left: { furniture: "报头、栏目", credit: "责编等", markup: "标记", unassigned: "没能归入任何一篇" }, unprinted: "版面上没有写明报名、日期和版次。",
    unassigned: (count) => `有 ${count} 个字没能归入任何一篇`, allAssigned: "版面上的字都已归入文章、栏目或标记。", unsureSeams: (count) => `有 ${count} 处拼接不太确定`,
    seamAt: (unsure, share) => `${unsure ? "不太确定的拼接" : "拼接"} ${share}%`, noDocument: "档案里没有这个版面。",
    filter: "按标题筛选", search: "在正文里搜", badly: "只看读得不好的版面", onlyUntitled: "只看没有标题的文章", more: "继续载入",
    counted: (pages, allPages, count, all) => `${pages} / ${allPages} 个版面，${count} / ${all} 篇文章`, leftOut: (names) => `没有收入的文件：${names}`, foundIn: (wanted, count) => `正文里与“${wanted}”最近的 ${count} 段`,
  },
  en: {
    other: "中文", browse: "Browse", talk: "Ask", fresh: "New conversation", shelf: "Conversations", theme: "Light / dark", label: "Question", ask: "Ask", close: "Close", alone: "Open alone",
    welcome: "Ask the newspaper archive", promise: "The answer is the printed sentence, word for word, with its source. What the archive does not say, it does not answer.", placeholder: "Ask about what was printed",
    keys: "Enter sends · Shift+Enter breaks the line · ↑ edits the last · Esc stops",
    rename: "Rename", newName: "New name", remove: "Delete", deleted: "Deleted.", undo: "Undo", notKept: "The browser has no room left for this conversation. Export it if you need it.",
    thinking: "Searching…", weighing: "Reading:", slow: "The server is slower than usual. Still waiting; Esc stops, and the question is kept.", again: "Try again",
    stopped: "Stopped. The question is still in the box.", failed: "The server cannot be reached. The question is kept; try again in a moment.", tooLong: (length, most) => `The question has ${length} characters; ${most} are the most.`,
    errors: { rate_limited: "Too many questions at once. The question is kept; try again in a moment.", not_ready: "The server is still opening the archive. The question is kept; try again in a moment.", overloaded: "Too many are asking at once. The question is kept; try again in a moment.", deadline_exceeded: "The server found no time to answer. The question is kept; try again in a moment.", invalid_api_key: "This server asks for a key." },
    understood: "Understood as: ", edit: "Edit", export: "Export", untitled: "(no headline on the page)",
    verbatim: "verbatim ✓", verbatimHint: "Your browser has just compared the quotation with the article, character by character: they are the same.", seam: "Two pieces that stand apart on the page meet here.",
    sure: "very likely right", likely: "probably right", unsure: "uncertain", sureHint: (share) => `The chance that this sentence answers the question is put at ${share}%. The words are always as printed; whether they answer you, see for yourself.`,
    picked: "What you selected: ", copy: "Copy citation", copied: "Copied", copyFailed: "The browser does not allow copying", link: "Copy link",
    judge: "Is that right?", judgeNo: "Is it really not there?", right: "Yes", wrong: "No", why: "What is wrong?", noteLabel: "A note (optional)", send: "Send", cancel: "Cancel",
    kept: "Noted, thank you. It stays on this server.", notSent: "It could not be noted. Try again later.",
    wrongs: { wrong_sentence: "It answers something else", wrong_short_answer: "The marked short answer is wrong", incomplete: "Incomplete", should_answer: "The archive has the answer", other: "Something else" },
    suggested: "This archive answers, for example", inChinese: " (in\u00a0Chinese)",
    none: "The archive does not say.", talkOnly: "I only answer questions about what the papers printed.", nearest: "Nearest passages (not an answer)", missing: (items) => `The reports on it do not mention: ${items}.`, better: "Ask this instead, and there is an answer:", others: "Reports close to it answer:",
    reasons: {
      not_a_question: "Ask about something that may have been in them: who, when, how many.",
      no_match: "No passage is about this: these pages may not report it, or they may use other words for it.",
      entity_missing: "A name, year or number of the question is not in the reports on it. What happened elsewhere or in another year would be a wrong answer.",
      low_confidence: "There are reports close to it, but no sentence that answers it reliably, so none is given.",
    },
    parts: { section: "heading", dateline: "dateline", byline: "byline", caption: "caption", continuation: "continued", kicker: "kicker" },
    comma: ", ", date: (year, month, day) => `${day} ${MONTHS[month - 1]} ${year}`, page: (number) => `p. ${number}`,
    raw: "The page as it came", rawHint: "The file, unchanged. Pieces of one article have one tint, and the number it has above; underlined are section names, credits and markup; on red is what was read into no article.",
    left: { furniture: "masthead or section name", credit: "credit", markup: "markup", unassigned: "read into no article" }, unprinted: "The page does not say which newspaper, date and page it is.",
    unassigned: (count) => `${count} characters were read into no article`, allAssigned: "Everything on the page was read into an article, a section name or markup.", unsureSeams: (count) => `${count} uncertain join${count > 1 ? "s" : ""} of pieces`,
    seamAt: (unsure, share) => `${unsure ? "uncertain join" : "join"} ${share}%`, noDocument: "There is no such page in the archive.",
    filter: "Filter by headline", search: "Search the text", badly: "Only pages that were read badly", onlyUntitled: "Only articles without a headline", more: "Load more",
    counted: (pages, allPages, count, all) => `${pages} of ${allPages} pages, ${count} of ${all} articles`, leftOut: (names) => `Files left out: ${names}`, foundIn: (wanted, count) => `The ${count} passages nearest to “${wanted}”`,
  },
};

export function language() {
  const kept = localStorage.getItem("language");
  return kept in WORDS ? kept : navigator.language.startsWith("zh") ? "zh" : "en";
}

export const words = () => WORDS[language()];

// Put the interface's words where elements ask for them by data-t.
function translate() {
  const said = words();
  document.documentElement.lang = language();
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = said[element.dataset.t];
  const other = document.querySelector("#language");
  other.textContent = said.other;
  other.lang = language() === "zh" ? "en" : "zh";
}

// Say beside the parts of an article what they are.
export function nameParts(root) {
  for (const part of root.querySelectorAll("[data-part]")) part.dataset.label = words().parts[part.dataset.part] ?? "";
}

// The head of every page: its words, and its two switches. `draw` is called now and when the language changes.
export function masthead(draw) {
  const again = () => { translate(); draw(); };
  document.querySelector("#language").addEventListener("click", () => { localStorage.setItem("language", language() === "zh" ? "en" : "zh"); again(); });
  document.querySelector("#theme").addEventListener("click", switchTheme);
  again();
}

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
}
