// The desk: follows the numbered events, refreshes what changed, keeps drafts.
"use strict";
const list = document.getElementById("list"), pane = document.getElementById("pane");
const opened = () => pane.dataset.open;
const draftKey = () => "jmk.draft." + opened();

function refreshList() {
  htmx.ajax("GET", `/desk/list?show=${list.dataset.show}&open=${opened() || 0}`, { target: "#list", swap: "innerHTML" });
}
function refreshThread() {
  if (document.getElementById("thread")) htmx.ajax("GET", `/desk/c/${opened()}/thread`, { target: "#thread", swap: "innerHTML" });
}
function refreshPane() {
  if (opened()) htmx.ajax("GET", `/desk/c/${opened()}`, { target: "#pane", swap: "innerHTML" });
}
function toEnd() { const thread = document.getElementById("thread"); if (thread) thread.scrollTop = thread.scrollHeight; }
function restoreDraft() {
  const box = document.getElementById("reply");
  if (box && !box.value) box.value = sessionStorage.getItem(draftKey()) || "";
}

document.addEventListener("input", (event) => { if (event.target.id === "reply") sessionStorage.setItem(draftKey(), event.target.value); });
document.addEventListener("keydown", (event) => {
  if (event.target.id === "reply" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
});
// A reply that was taken is no draft any more. Before the swap: after it, the form that sent it is gone.
document.addEventListener("htmx:beforeSwap", (event) => {
  const sentReply = event.detail.requestConfig.elt?.classList?.contains("reply");
  if (sentReply && event.detail.xhr.status === 200 && !event.detail.xhr.responseText.includes('class="problem"')) {
    sessionStorage.removeItem(draftKey());
  }
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "pane" || event.target.id === "thread") { toEnd(); restoreDraft(); }
  if (event.detail.requestConfig.elt?.classList?.contains("reply")) document.getElementById("reply")?.focus();
});

let broken = false, soon = 0;
const source = new EventSource("/desk/events?after=" + list.dataset.newest);
source.onopen = () => {
  document.getElementById("offline").hidden = true;
  if (broken) { broken = false; refreshList(); refreshPane(); }
};
source.onerror = () => { broken = true; document.getElementById("offline").hidden = false; };
source.addEventListener("changed", (event) => {
  const data = JSON.parse(event.data);
  document.title = (data.waiting ? `(${data.waiting}) ` : "") + "家门口工作台";
  clearTimeout(soon);
  soon = setTimeout(refreshList, 80);
  if (String(data.conversation) === opened()) { if (data.kind === "owner") refreshPane(); else refreshThread(); }
});
setInterval(refreshList, 30000);
toEnd();
restoreDraft();
