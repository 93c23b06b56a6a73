// The packing table. The server counts; this page sends each scan with an id of its own until it has an
// answer, so neither a broken line nor a reload can lose or double a unit.
const table = document.getElementById("table");
const at = (id) => document.getElementById(id);
const input = at("barcode");
const token = table.querySelector("[name=csrfmiddlewaretoken]").value;
const store = `packing-${table.dataset.delivery}`;
const waiting = JSON.parse(localStorage.getItem(store) || "[]");
let sending = false;
let state = JSON.parse(at("state").textContent);

const TONES = { counted: "good", closed: "good", complete: "done", wrong_item: "bad", too_many: "bad", intercepted: "stop", refused: "bad", offline: "wait" };
const PITCH = { good: [880], done: [660, 880, 1175], bad: [220, 180], stop: [160, 160, 160], wait: [440] };

function sound(tone) {
  try {
    const context = (sound.context ??= new AudioContext());
    (PITCH[tone] || []).forEach((pitch, n) => {
      const note = context.createOscillator();
      const volume = context.createGain();
      note.frequency.value = pitch;
      note.type = tone === "good" || tone === "done" ? "sine" : "square";
      volume.gain.value = 0.2;
      note.connect(volume).connect(context.destination);
      note.start(context.currentTime + n * 0.18);
      note.stop(context.currentTime + n * 0.18 + 0.15);
    });
  } catch {
    // A table without a loudspeaker still has its colours and words.
  }
}

function show(result, words, code) {
  const tone = TONES[result] || "ready";
  table.dataset.tone = tone;
  at("words").textContent = words;
  at("code").textContent = code || "";
  sound(tone);
}

function draw(now) {
  state = now;
  at("packed").textContent = now.packed;
  at("wanted").textContent = now.wanted;
  for (const line of now.lines) {
    const row = at(`line-${line.id}`);
    row.querySelector("b").textContent = line.packed;
    row.classList.toggle("line-done", line.packed === line.wanted);
  }
  at("boxes").replaceChildren(
    ...now.boxes.map((box) => {
      const row = document.createElement("li");
      row.textContent = [box.number, box.state_words, box.waybill || box.problem].filter(Boolean).join(" · ");
      if (box.waybill && box.state === "packed") {
        const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: table.dataset.sayLabel });
        button.addEventListener("click", () => printLabel(box));
        row.append(" ", button);
      }
      return row;
    }),
  );
  if (now.boxes.some((box) => box.state === "packed" && !box.waybill)) setTimeout(refresh, 2000);
}

async function refresh() {
  try {
    const answer = await fetch(table.dataset.state, { credentials: "same-origin" });
    if (answer.ok && !answer.redirected) draw(await answer.json());
  } catch {
    setTimeout(refresh, 2000);
  }
}

async function send() {
  if (sending || !waiting.length) return;
  sending = true;
  const scan = waiting[0];
  try {
    const answer = await fetch(table.dataset.scan, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(scan),
    });
    if (answer.status >= 500 || answer.redirected) throw new Error("ask again");
    const told = await answer.json();
    waiting.shift();
    localStorage.setItem(store, JSON.stringify(waiting));
    if (told.lines) draw(told);
    if (told.line) document.getElementById(`line-${told.line}`).scrollIntoView({ block: "nearest" });
    const done = told.result === "counted" && told.complete;
    show(done ? "complete" : told.result, done ? table.dataset.sayDone : told.words, told.barcode);
    sending = false;
    send();
  } catch {
    show("offline", table.dataset.sayOffline, scan.barcode);
    sending = false;
    setTimeout(send, 1500);
  }
}

// The label opens in a page of its own, which prints itself; a scanner's Enter counts as the key that may open it.
function printLabel(box) {
  const form = at("label");
  form.action = table.dataset.label.replace("/0/", `/${box.id}/`);
  form.submit();
  input.focus();
}

async function closeBox() {
  const body = new URLSearchParams({ csrfmiddlewaretoken: token });
  const answer = await fetch(table.dataset.box, { method: "POST", credentials: "same-origin", body });
  const told = await answer.json();
  if (told.lines) draw(told);
  show(told.result, told.words, "");
}

at("scan").addEventListener("submit", (event) => {
  event.preventDefault();
  const barcode = input.value.trim();
  input.value = "";
  if (!barcode) return;
  if (barcode === "CMD-NEXT") {
    window.location.href = table.dataset.next;
    return;
  }
  if (barcode === "CMD-LABEL") {
    const box = state.boxes.filter((one) => one.waybill && one.state === "packed").pop();
    if (box) printLabel(box);
    else show("refused", table.dataset.sayNoLabel, "");
    return;
  }
  if (barcode === "CMD-BOX") {
    closeBox();
    return;
  }
  waiting.push({ barcode, client_id: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}` });
  localStorage.setItem(store, JSON.stringify(waiting));
  send();
});
// The scanner types wherever the page is: keys always land in the field.
document.addEventListener("keydown", (event) => {
  if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) input.focus();
});
input.focus();
draw(state);
if (state.stopped) show("intercepted", table.dataset.sayStopped, state.stopped);
else if (state.wanted && state.packed === state.wanted) show("complete", table.dataset.sayDone, "");
send();
