// The loading bay: scanned waybills gather on a list, which is sent as one hand-over.
const bay = document.getElementById("bay");
const at = (id) => document.getElementById(id);
const token = bay.querySelector("[name=csrfmiddlewaretoken]").value;
const store = "handover";
if (bay.dataset.done) localStorage.removeItem(store);
let list = JSON.parse(localStorage.getItem(store) || "[]");

function show(tone, words) {
  bay.dataset.tone = tone;
  at("words").textContent = words;
}

function draw() {
  localStorage.setItem(store, JSON.stringify(list));
  at("count").textContent = list.length;
  at("go").disabled = !list.length;
  at("list").replaceChildren(
    ...list.map((parcel) => {
      const row = document.createElement("li");
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "parcel", value: parcel.id });
      const text = document.createElement("span");
      text.textContent = `${parcel.waybill} · ${parcel.courier} · ${parcel.number}`;
      const away = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: bay.dataset.sayRemove });
      away.addEventListener("click", () => {
        list = list.filter((other) => other.id !== parcel.id);
        draw();
      });
      row.append(field, text, away);
      return row;
    }),
  );
}

at("scan").addEventListener("submit", async (event) => {
  event.preventDefault();
  const waybill = at("waybill").value.trim();
  at("waybill").value = "";
  if (!waybill) return;
  if (list.some((parcel) => parcel.waybill === waybill)) return show("wait", bay.dataset.sayTwice);
  try {
    const answer = await fetch(bay.dataset.lookup, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ waybill }),
    });
    const told = await answer.json();
    if (told.result !== "counted") return show(told.result === "intercepted" ? "stop" : "bad", told.words);
    list.push(told);
    draw();
    show("good", `${told.words} · ${list.length}`);
  } catch {
    show("wait", bay.dataset.sayOffline);
  }
});
at("waybill").focus();
draw();
