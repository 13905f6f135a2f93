// Sends what a person presses or sets, and shows the answer.
const answer = document.getElementById("answer");
const rate = document.getElementById("rate");
const rateNumber = document.getElementById("rate-number");
const settings = document.getElementById("settings");
let shownSettings = "";
let rateAsked = 0;

async function send(act, body) {
  answer.classList.remove("refused");
  try {
    const response = await fetch(`act/${act}`, {
      method: "POST",
      headers: { "X-Outage-Lab": "page", ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
    });
    answer.textContent = await response.text() || `The lab answered ${response.status}.`;
    answer.classList.toggle("refused", !response.ok);
  } catch {
    answer.textContent = "The lab does not answer. Is the program running?";
    answer.classList.add("refused");
  }
}

async function press(button) {
  if (button.getAttribute("aria-busy") === "true") {
    return;
  }

  // A disabled button would lose the keyboard's focus.
  button.setAttribute("aria-busy", "true");
  try {
    await send(button.dataset.act);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function askRate(value) {
  const perSecond = Math.round(Math.min(5000, Math.max(0, Number(value) || 0)));
  rate.value = perSecond;
  rateNumber.value = perSecond;
  rateAsked = Date.now();
  send("rate", { perSecond });
}

export function startActs() {
  for (const button of document.querySelectorAll("[data-act]")) {
    button.addEventListener("click", () => press(button));
  }

  rate.addEventListener("input", () => { rateNumber.value = rate.value; });
  rate.addEventListener("change", () => askRate(rate.value));
  rateNumber.addEventListener("change", () => askRate(rateNumber.value));
  settings.addEventListener("submit", event => {
    event.preventDefault();
    const form = settings.elements;
    send("publisher/settings", {
      overflow: form.overflow.value,
      confirm: form.confirm.value,
      maxMessages: Number(form.maxMessages.value),
      maxBytes: Number(form.maxKiB.value) * 1024,
    });
  });
}

/** Shows the settings in force when they have changed, so that nothing is taken away from a person who is choosing. */
export function showSettings(publisher, perSecond) {
  const now = JSON.stringify([publisher.overflow, publisher.confirm, publisher.maxMessages, publisher.maxBytes]);
  if (now !== shownSettings) {
    shownSettings = now;
    const form = settings.elements;
    form.overflow.value = publisher.overflow;
    form.confirm.value = publisher.confirm;
    form.maxMessages.value = publisher.maxMessages;
    form.maxKiB.value = Math.round(publisher.maxBytes / 1024);
  }

  const editing = document.activeElement === rate || document.activeElement === rateNumber;
  if (!editing && Date.now() - rateAsked > 1000 && Number(rate.value) !== perSecond) {
    rate.value = perSecond;
    rateNumber.value = perSecond;
  }
}
