// The residents' page: sends messages (again if the network failed), shows what comes, resumes after a break.
"use strict";
const $ = (id) => document.getElementById(id);
const log = $("messages"), box = $("text");
const shown = new Set();           // ids and client ids of messages on the page
let token = localStorage.getItem("jmk.token");
let lastEvent = "";
let waiting = JSON.parse(localStorage.getItem("jmk.waiting") || "[]");  // written, not yet known to have arrived
let sending = false;

function keep() { localStorage.setItem("jmk.waiting", JSON.stringify(waiting)); }
function offline(yes) { $("offline").hidden = !yes; }
function pause(ms) { return new Promise((done) => setTimeout(done, ms)); }
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

async function begin() {
  const answer = await fetch("/api/chat/sessions", { method: "POST" });
  if (!answer.ok) throw new Error("session");
  token = (await answer.json()).token;
  localStorage.setItem("jmk.token", token);
}

async function api(path, options = {}) {
  if (!token) await begin();
  const headers = { ...(options.headers || {}), Authorization: "Bearer " + token };
  const answer = await fetch("/api/chat/" + path, { ...options, headers });
  if (answer.status === 401) { token = null; await begin(); return api(path, options); }
  return answer;
}

const names = { bot: "小助手", staff: "工作人员", system: "", resident: "您" };

function bubble(message) {
  const row = document.createElement("article");
  row.className = "row " + message.from;
  const text = document.createElement("p");
  text.className = "bubble";
  text.textContent = message.text;
  if (names[message.from] && message.from !== "resident") {
    const who = document.createElement("span");
    who.className = "who";
    who.textContent = names[message.from];
    row.append(who);
  }
  row.append(text);
  if ((message.buttons || []).length) {
    const choices = document.createElement("div");
    choices.className = "choices";
    for (const button of message.buttons) {
      const choice = document.createElement("button");
      choice.type = "button";
      choice.textContent = button.title;
      choice.addEventListener("click", () => say(button.payload));
      choices.append(choice);
    }
    row.append(choices);
  }
  return row;
}

function show(message) {
  if (shown.has(message.id)) return;
  shown.add(message.id);
  const own = message.client_message_id;
  if (own && shown.has(own)) {
    document.querySelector(`[data-own="${CSS.escape(own)}"]`)?.classList.remove("pending");
    return;
  }
  if (own) shown.add(own);
  $("typing")?.remove();
  log.append(bubble(message));
  toEnd();
}

function toEnd() { log.scrollTop = log.scrollHeight; }

function typing() {
  $("typing")?.remove();
  const row = bubble({ from: "bot", text: "正在查……" });
  row.id = "typing";
  log.append(row);
  toEnd();
}

function say(text) {
  text = text.trim();
  if (!text) return;
  const message = { client_message_id: uuid(), text };
  waiting.push(message);
  keep();
  showOwn(message);
  send();
}

function showOwn(message) {
  if (shown.has(message.client_message_id)) return;
  shown.add(message.client_message_id);
  const row = bubble({ from: "resident", text: message.text });
  row.dataset.own = message.client_message_id;
  row.classList.add("pending");
  log.append(row);
  toEnd();
}

async function send() {
  if (sending) return;
  sending = true;
  while (waiting.length) {
    const message = waiting[0];
    if (answeredByBot) typing();
    try {
      const answer = await api("messages", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) });
      if (answer.status === 429 || answer.status >= 500) {
        await pause(1000 * Number(answer.headers.get("Retry-After") || 3));
        continue;
      }
      const body = await answer.json();
      waiting.shift();
      keep();
      offline(false);
      document.querySelector(`[data-own="${message.client_message_id}"]`)?.classList.remove("pending");
      if (body.error) show({ id: "e" + Date.now(), from: "system", text: body.error.message, buttons: [] });
      for (const reply of body.messages || []) show(reply);
      if (!answeredByBot) $("typing")?.remove();
    } catch {
      $("typing")?.remove();
      offline(true);
      await pause(2000);
    }
  }
  sending = false;
}

let answeredByBot = true;
function speaker(state) {
  answeredByBot = state.owner === "bot";
  const name = state.staff ? "工作人员 " + state.staff : "工作人员";
  $("speaker").textContent = { bot: "小助手为您服务", queue: "正在转工作人员，请稍等", staff: name + " 正在为您服务" }[state.owner];
  document.body.dataset.owner = state.owner;
  if (!answeredByBot) $("typing")?.remove();
}

function handle(block) {
  const event = { kind: "message", data: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("id:")) lastEvent = line.slice(3).trim();
    else if (line.startsWith("event:")) event.kind = line.slice(6).trim();
    else if (line.startsWith("data:")) event.data += line.slice(5).trim();
  }
  if (!event.data) return;
  const data = JSON.parse(event.data);
  if (event.kind === "message") show(data); else speaker(data);
}

async function listen() {
  for (;;) {
    try {
      const headers = lastEvent ? { "Last-Event-ID": lastEvent } : {};
      const answer = await api("events", { headers });
      if (!answer.ok) throw new Error("events");
      offline(false);
      await catchUp();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        blocks.forEach(handle);
      }
    } catch { offline(true); }
    await pause(1000);
  }
}

// What happened before the stream began, or while there was none.
async function catchUp() {
  const known = Math.max(0, ...[...shown].filter((id) => typeof id === "number"));
  const [messages, owner] = await Promise.all([api("messages?after=" + known), api("owner")]);
  for (const message of (await messages.json()).messages) show(message);
  speaker(await owner.json());
}

$("write").addEventListener("submit", (event) => { event.preventDefault(); say(box.value); box.value = ""; grow(); box.focus(); });
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("write").requestSubmit(); }
});
function grow() { box.style.height = "auto"; box.style.height = Math.min(box.scrollHeight + 4, 160) + "px"; }
box.addEventListener("input", grow);
$("asks").addEventListener("click", (event) => { if (event.target.dataset.say) say(event.target.dataset.say); });
function size(big) {
  document.documentElement.classList.toggle("bigger", big);
  $("bigger").setAttribute("aria-pressed", big);
  $("bigger").textContent = big ? "字小点" : "字更大";
}
$("bigger").addEventListener("click", () => {
  const big = !document.documentElement.classList.contains("bigger");
  localStorage.setItem("jmk.bigger", big ? "1" : "");
  size(big);
  toEnd();
});
size(localStorage.getItem("jmk.bigger") === "1");
log.append(bubble({ from: "bot", text: $("hello").content.textContent.trim() }));
(async () => { listen(); waiting.forEach(showOwn); send(); })();
