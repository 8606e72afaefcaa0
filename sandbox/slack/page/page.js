// Shows what the server says is on one person's screen, and sends back what that person does.
// All HTML comes escaped from the server; everything built here uses textContent.

const $ = (id) => document.getElementById(id);
const place = new URLSearchParams(location.search);
const archived = location.pathname.match(/^\/archives\/(\w+)/);
const screen = {
  as: place.get("as") || sessionStorage.getItem("as") || "U0OLGA",
  channel: archived ? archived[1] : place.get("channel") || sessionStorage.getItem("channel") || "C0INCIDENTS",
  thread: place.get("thread") || "",
};
const seen = new Map(); // channel -> ts of the newest message that was on the screen
let state = { version: -1, commands: [] };
let polling = null;

// ---- what is shown -------------------------------------------------------------------------

async function poll() {
  for (;;) {
    polling = new AbortController();
    const query = new URLSearchParams({ ...screen, since: state.version });
    try {
      const answer = await fetch(`/page/state?${query}`, { signal: polling.signal });
      state = await answer.json();
      show();
    } catch (error) {
      if (error.name !== "AbortError") {
        $("link-state").textContent = "connection lost, trying again";
        await new Promise((done) => setTimeout(done, 1000));
      }
    }
  }
}

function look(changes) {
  if ("channel" in changes) $("messages").left = false;
  if ("thread" in changes) $("replies").left = false;
  Object.assign(screen, changes);
  sessionStorage.setItem("as", screen.as);
  sessionStorage.setItem("channel", screen.channel);
  state.version = -1;
  document.body.classList.remove("showing-sidebar");
  polling?.abort();
}

function show() {
  screen.channel = state.channel;
  const channel = state.channels.find((each) => each.id === state.channel);
  const name = channel.is_direct ? state.app : `#${channel.name}`;
  document.title = `${name} – Pretend Slack`;
  $("title").textContent = name;
  $("where").textContent = channel.has_bot ? "" : `${state.app} is not in this channel`;
  $("link-state").textContent = state.connected
    ? `${state.app} connected (${state.connected})` : `no open socket from ${state.app}`;
  showPeople();
  showChannels();
  $("home").hidden = !state.home;
  if (state.home) fill($("home"), state.home.html);
  $("home").dataset.view = state.home?.id ?? "";
  showMessages($("messages"), state.messages);
  $("thread").hidden = !screen.thread;
  showMessages($("replies"), state.thread);
  showPanel();
  showModal();
  document.querySelector("#composer textarea").placeholder = `Message ${name}, or type ${state.commands[0]?.command ?? "/"} help`;
}

function showPeople() {
  const list = $("people");
  if (list.options.length !== state.people.length) {
    list.replaceChildren(...state.people.map((each) => new Option(`${each.name} (${each.note})`, each.id)));
  }
  list.value = screen.as;
  $("persona-note").textContent = `what "${state.people.find((each) => each.id === screen.as)?.name}" sees`;
}

function showChannels() {
  seen.set(state.channel, state.channels.find((each) => each.id === state.channel).latest);
  const item = (each) => {
    const row = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.textContent = each.is_direct ? `\u2022 ${state.app}` : `# ${each.name}`;
    if (each.id === state.channel) button.setAttribute("aria-current", "true");
    if (each.latest > (seen.get(each.id) ?? "")) row.className = "unread";
    button.onclick = () => {
      look({ channel: each.id, thread: "" });
      if (each.is_direct) act({ kind: "home" });
    };
    row.append(button);
    return row;
  };
  $("channels").replaceChildren(...state.channels.filter((each) => !each.is_direct).map(item));
  $("apps").replaceChildren(...state.channels.filter((each) => each.is_direct).map(item));
}

function showMessages(list, messages) {
  const old = new Map([...list.children].map((each) => [each.dataset.ts, each]));
  const rows = messages.map((message) => {
    const row = old.get(message.ts) ?? document.createElement("article");
    row.className = message.private ? "message private-one" : "message";
    row.dataset.ts = message.ts;
    row.dataset.revision = message.revision;
    fill(row, message.html);
    return row;
  });
  for (const [ts, row] of old) if (!messages.some((each) => each.ts === ts)) row.remove();
  rows.forEach((row, index) => {
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
  toEnd(list);
}

function toEnd(list) {
  if (!list.left) list.scrollTop = list.scrollHeight;
}

for (const list of [$("messages"), $("replies")]) { // follow the newest until somebody scrolls up
  let top = 0;
  list.addEventListener("scroll", () => {
    const below = list.scrollHeight - list.scrollTop - list.clientHeight;
    if (below < 80) list.left = false;
    else if (list.scrollTop < top) list.left = true; // a picture that has grown moves nothing up
    top = list.scrollTop;
  });
  list.addEventListener("load", () => toEnd(list), true); // pictures come after their message
  new ResizeObserver(() => toEnd(list)).observe(list);
}

function fill(node, html) {
  if (node.shown === html) return; // leaves focus, selection and half-made choices alone
  node.shown = html;
  node.innerHTML = html;
  for (const time of node.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    time.textContent = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    time.title = moment.toLocaleString();
  }
}

function showPanel() {
  $("open-panel").hidden = state.panel.length === 0;
  const shown = JSON.stringify(state.panel);
  if ($("panel").shown === shown) return;
  $("panel").shown = shown;
  const groups = Map.groupBy ? Map.groupBy(state.panel, (each) => each.group) : new Map([["", state.panel]]);
  $("panel-groups").replaceChildren(...[...groups].flatMap(([group, buttons]) => {
    const title = document.createElement("h3");
    title.textContent = group;
    return [title, ...buttons.map(panelRow)];
  }));
}

function panelRow(item) {
  const row = document.createElement("div"), button = document.createElement("button"), help = document.createElement("small");
  row.className = "row";
  button.type = "button";
  button.className = "button";
  button.textContent = item.label;
  help.textContent = item.help;
  button.onclick = () => act({ kind: "panel", id: item.id }, button);
  row.append(button, help);
  return row;
}

function showModal() {
  const modal = state.modal, dialog = $("modal");
  if (!modal) return void (dialog.open && dialog.close());
  if (dialog.dataset.hash !== modal.hash || dialog.dataset.view !== modal.id) {
    const again = dialog.dataset.view === modal.id, typed = again ? answers() : {};
    if (!again) $("modal-body").shown = null; // else a modal like the last one keeps its words
    Object.assign(dialog.dataset, { view: modal.id, hash: modal.hash });
    $("modal-title").textContent = modal.title;
    $("modal-submit").textContent = modal.submit;
    $("modal-submit").hidden = !modal.submit;
    $("modal-close").textContent = modal.close;
    $("modal-trouble").textContent = "";
    fill($("modal-body"), modal.html);
    for (const control of $("modal-body").querySelectorAll("input[data-name], textarea[data-name]")) {
      if (typed[control.dataset.name]) control.value = typed[control.dataset.name];
    }
  }
  for (const note of $("modal-body").querySelectorAll("[data-error]")) {
    note.textContent = modal.errors[note.dataset.error] ?? "";
  }
  if (!dialog.open) dialog.showModal();
}

// ---- what is done --------------------------------------------------------------------------

async function act(what, button) {
  if (button) button.disabled = true;
  try {
    const answer = await fetch("/page/act", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Sandbox": "page" },
      body: JSON.stringify({ ...what, as: screen.as }),
    });
    const told = await answer.json();
    if (told.shown && what.kind !== "type") toast(told.shown);
    return told;
  } catch {
    toast("The sandbox did not answer.");
    return {};
  } finally {
    if (button) button.disabled = false;
  }
}

function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => ($("toast").hidden = true), 5000);
}

function valueOf(control) {
  if (control.matches(".boxes")) {
    const picked = [...control.querySelectorAll("input:checked")].map((each) => each.value);
    return control.dataset.many === "true" ? picked : picked[0] ?? null;
  }
  if (control.matches("select[multiple]")) return [...control.selectedOptions].map((each) => each.value);
  return control.value === "" ? null : control.value;
}

function answers() {
  const controls = $("modal-body").querySelectorAll("[data-name]:not(button)");
  return Object.fromEntries([...controls].map((each) => [each.dataset.name, valueOf(each)]));
}

function screenOf(node) {
  const view = node.closest("[data-view]")?.dataset.view;
  if (view) return { view };
  const { ts, revision } = node.closest("[data-ts]").dataset;
  return { channel: screen.channel, ts, revision };
}

function confirmed(control) {
  if (!control.dataset.confirm) return Promise.resolve(true);
  const words = JSON.parse(control.dataset.confirm), dialog = $("confirm");
  for (const [id, text] of [["title", words.title], ["text", words.text], ["yes", words.confirm], ["no", words.deny]]) {
    $(`confirm-${id}`).innerHTML = text; // rendered and escaped by the server
  }
  $("confirm-yes").className = `button ${words.style}`;
  dialog.showModal();
  return new Promise((done) => {
    const end = (answer) => { dialog.onclose = null; dialog.close(); done(answer); };
    $("confirm-yes").onclick = () => end(true);
    $("confirm-no").onclick = () => end(false);
    dialog.onclose = () => done(false);
  });
}

document.addEventListener("click", async (event) => {
  const menu = event.target.closest(".menu");
  for (const each of document.querySelectorAll(".menu[open]")) if (each !== menu) each.open = false;
  const shortcut = event.target.closest("[data-shortcut]");
  if (shortcut) {
    menu.open = false;
    return act({ kind: "shortcut", name: shortcut.dataset.shortcut, ...screenOf(shortcut) });
  }
  const thread = event.target.closest("[data-thread]");
  if (thread) return look({ thread: thread.dataset.thread });
  const button = event.target.closest("button[data-act]");
  if (!button) return;
  const seen = screenOf(button); // while the dialog is open the message may become another one
  if (await confirmed(button)) await act({ kind: "click", name: button.dataset.name, ...seen }, button);
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest(".menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("change", async (event) => {
  const control = event.target.closest("[data-act]:not(button)");
  if (!control) return;
  const seen = screenOf(control);
  if (await confirmed(control)) await act({ kind: "choose", name: control.dataset.name, value: valueOf(control), ...seen });
});

$("modal").addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = await act({ kind: "submit", answers: answers() }, $("modal-submit"));
  $("modal-trouble").textContent = told.shown ?? "";
});
$("modal").addEventListener("cancel", (event) => { event.preventDefault(); act({ kind: "close" }); });
$("modal-x").onclick = $("modal-close").onclick = () => act({ kind: "close" });

$("people").onchange = (event) => look({ as: event.target.value, thread: "" });
$("open-sidebar").onclick = () => document.body.classList.toggle("showing-sidebar");
$("messages").addEventListener("pointerdown", () => document.body.classList.remove("showing-sidebar"));
$("close-thread").onclick = () => look({ thread: "" });
$("open-panel").onclick = () => {
  $("panel").hidden = !$("panel").hidden;
  document.body.classList.remove("showing-sidebar");
};
$("close-panel").onclick = () => ($("panel").hidden = true);
$("theme").onclick = () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("theme", theme);
}

// ---- composers -----------------------------------------------------------------------------

function suggestions(typed) {
  if (typed.startsWith("@") || / @\w*$/.test(typed)) {
    const head = typed.slice(0, typed.lastIndexOf("@"));
    const start = typed.slice(typed.lastIndexOf("@") + 1).toLowerCase();
    const names = [state.app, ...state.people.map((each) => each.name)];
    return names.filter((name) => name.toLowerCase().startsWith(start) && name.toLowerCase() !== start)
      .map((name) => ({ text: `${head}@${name} `, label: `@${name}`, help: "" }));
  }
  if (!typed.startsWith("/")) return [];
  return state.commands.flatMap(({ command, description, hint, words }) => {
    const whole = { text: `${command} `, label: `${command} ${hint}`, help: description };
    const rest = words.map((word) => ({ text: `${command} ${word}`, label: `${command} ${word}`, help: "" }));
    return [whole, ...rest].filter((each) => each.text.startsWith(typed) && each.text !== typed);
  });
}

function composer(form, threaded) {
  const box = form.querySelector("textarea"), list = form.querySelector("ul");
  let picked = -1;
  const offer = () => {
    const offers = suggestions(box.value);
    picked = Math.min(picked, offers.length - 1);
    list.hidden = offers.length === 0;
    list.replaceChildren(...offers.map((each, index) => {
      const row = document.createElement("li"), button = document.createElement("button"), help = document.createElement("small");
      button.type = "button";
      button.textContent = each.label;
      button.className = index === picked ? "picked" : "";
      help.textContent = each.help ? `  ${each.help}` : "";
      button.append(help);
      button.onclick = () => { box.value = each.text; box.focus(); picked = -1; offer(); };
      row.append(button);
      return row;
    }));
  };
  const send = async () => {
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    picked = -1;
    offer();
    await act({ kind: "type", channel: screen.channel, text, thread: threaded ? screen.thread : "" });
  };
  box.addEventListener("input", () => { picked = -1; offer(); });
  box.addEventListener("keydown", (event) => {
    const rows = list.querySelectorAll("button");
    if (event.key === "ArrowDown" && rows.length) picked = (picked + 1) % rows.length;
    else if (event.key === "ArrowUp" && rows.length) picked = (picked + rows.length - 1) % rows.length;
    else if (event.key === "Tab" && rows.length) { rows[Math.max(picked, 0)].click(); return event.preventDefault(); }
    else if (event.key === "Escape") { list.hidden = true; return; }
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      return picked >= 0 ? rows[picked].click() : send();
    } else return;
    event.preventDefault();
    offer();
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
}

composer($("composer"), false);
composer($("thread-composer"), true);
setTheme(place.get("theme") || localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
if (place.has("panel")) $("panel").hidden = false;
poll();
