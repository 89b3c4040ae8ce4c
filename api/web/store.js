// The conversations kept in this browser: each under a key of its own, so that two tabs do not overwrite each other's.
const PREFIX = "conversation:";
const NAME_LENGTH = 40; // characters

// {id, name, changed, turns: [{question, body, verdict}]}; name is null until somebody gives one.
export const blank = () => ({ id: `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`, name: null, changed: 0, turns: [] });

export function kept() {
  const found = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => load(key.slice(PREFIX.length)));
  return found.filter(Boolean).sort((one, other) => other.changed - one.changed);
}

export function load(id) {
  try {
    const found = JSON.parse(localStorage.getItem(PREFIX + id));
    return Array.isArray(found?.turns) && found.turns.every((turn) => typeof turn.question === "string" && turn.body) ? found : null;
  } catch {
    return null;
  }
}

// False where the browser has no room, or keeps nothing.
export function save(conversation) {
  const turns = conversation.turns.filter((turn) => turn.body).map(({ question, body, verdict }) => ({ question, body, verdict }));
  if (!turns.length) return true;
  try {
    localStorage.setItem(PREFIX + conversation.id, JSON.stringify({ ...conversation, turns }));
    return true;
  } catch {
    return false;
  }
}

export const remove = (id) => localStorage.removeItem(PREFIX + id);

export function nameOf(conversation) {
  const name = Array.from(conversation.name ?? conversation.turns[0]?.question ?? "");
  return name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1).join("")}…` : name.join("");
}
