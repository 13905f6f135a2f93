// Shows the feed of the lab: numbers, state machine, charts and episodes; sends what a person presses.
import { Charts } from "./charts.js";
import { startActs, showSettings } from "./acts.js";

const mostEpisodes = 100;
const byId = id => document.getElementById(id);
const charts = new Charts(byId("rate-chart"), byId("kept-chart"), byId("no-charts"));
let shownState = "";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Writes only what has changed, so that a screen reader's place in the page stays. */
function write(id, value) {
  const text = typeof value === "number" ? whole.format(value) : value;
  const element = byId(id);
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function size(bytes) {
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}

function seconds(value) {
  return `${value.toFixed(1)} s`;
}

function showLoad(name, load) {
  write(`${name}-lost`, load.counts.lost);
  byId(`${name}-lost`).parentElement.classList.toggle("some", load.counts.lost > 0);
  write(`${name}-accepted`, load.accepted);
  write(`${name}-arrived`, load.counts.arrived);
  write(`${name}-refused`, load.refused);
  write(`${name}-duplicated`, load.counts.duplicated);
  write(`${name}-disordered`, load.counts.outOfOrder);
}

function showLink(publisher) {
  if (publisher.state !== shownState) {
    shownState = publisher.state;
    for (const state of document.querySelectorAll("#states [data-state]")) {
      state.classList.toggle("lit", state.dataset.state === shownState);
    }

    byId("states-title").textContent = `State machine of the link: Connecting, Connected, Backoff, Draining, Closed. The state is ${shownState}.`;
    write("state", shownState);
  }

  write("link-detail", publisher.downFor == null
    ? `${whole.format(publisher.reconnects)} reconnects so far`
    : `no link for ${seconds(publisher.downFor)}`);
}

function showBar(id, value, limit, text) {
  const bar = byId(id);
  const fill = Math.min(1, value / limit);
  bar.firstElementChild.style.width = `${(fill * 100).toFixed(1)}%`;
  bar.classList.toggle("high", fill >= 0.8);
  bar.setAttribute("aria-valuemax", limit);
  bar.setAttribute("aria-valuenow", Math.min(value, limit));
  bar.setAttribute("aria-valuetext", text);
}

/** How long the outage may last: by the limit that comes first, at the rate of the load and at the size of what is buffered. */
function fullIn(publisher, rate) {
  if (publisher.messages >= publisher.maxMessages * 0.999) {
    return "now";
  }

  if (publisher.downFor == null || rate === 0 || publisher.messages === 0) {
    return "-";
  }

  const perMessage = publisher.bytes / publisher.messages;
  const room = Math.min(publisher.maxMessages - publisher.messages, (publisher.maxBytes - publisher.bytes) / perMessage);
  return room < 1 ? "now" : `in ${seconds(room / rate)}`;
}

function showBuffer(publisher, actors, rate) {
  write("depth", publisher.messages);
  write("depth-limit", publisher.maxMessages);
  write("bytes", size(publisher.bytes));
  write("bytes-limit", size(publisher.maxBytes));
  showBar("depth-bar", publisher.messages, publisher.maxMessages, `${publisher.messages} of ${publisher.maxMessages} messages`);
  showBar("bytes-bar", publisher.bytes, publisher.maxBytes, `${size(publisher.bytes)} of ${size(publisher.maxBytes)}`);
  write("oldest", publisher.oldestAge == null ? "none" : seconds(publisher.oldestAge));
  write("full-in", fullIn(publisher, rate));
  write("in-flight", publisher.inFlight);
  write("rate-accepted", actors.acceptedRate);
  write("rate-delivered", actors.reportedRate);
  write("rate-refused", actors.refusedRate);
  write("outcome-name", publisher.confirm === "JetStream" ? "Stored" : "Delivered");
}

function showLedger(ledger) {
  for (const term of ["accepted", "delivered", "stored", "undelivered", "buffered"]) {
    write(`l-${term}`, ledger[term]);
  }

  write("balanced", ledger.balanced ? "holds" : "does not hold");
  byId("ledger-chip").dataset.tone = ledger.balanced ? "good" : "bad";
  const reasons = Object.entries(ledger.undeliveredByReason).map(([reason, count]) => `${whole.format(count)} ${reason}`).join(", ");
  write("l-others", `${whole.format(ledger.refused)} refused, ${whole.format(ledger.rejected)} rejected, ${whole.format(ledger.resent)} sent again`
    + `${reasons ? `; undelivered: ${reasons}` : ""}.`);
}

function show(sample) {
  write("server", sample.server.toLowerCase());
  byId("server-chip").dataset.tone = sample.server === "Running" ? "good" : "bad";
  showLoad("actors", sample.actors);
  showLoad("plain", sample.plain);
  showLink(sample.publisher);
  showBuffer(sample.publisher, sample.actors, sample.rate);
  showLedger(sample.publisher.ledger);
  showSettings(sample.publisher, sample.rate);
  write("rate-chart-text", `NatsActors ${sample.actors.arrivedRate}, NATS.Client.Core ${sample.plain.arrivedRate} messages a second now.`);
  write("kept-chart-text", `${sample.publisher.messages} kept, ${sample.plain.counts.lost} lost now.`);
}

function addEpisode(episode) {
  const time = document.createElement("time");
  const at = new Date(episode.at);
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString("en-GB");
  const name = document.createElement("b");
  name.textContent = episode.name;
  const text = document.createElement("span");
  text.textContent = episode.text;
  const item = document.createElement("li");
  item.className = episode.kind;
  item.append(time, name, text);
  const list = byId("episodes");
  list.prepend(item);
  while (list.children.length > mostEpisodes) {
    list.lastElementChild.remove();
  }

  if (episode.kind === "act") {
    charts.mark(episode.at, episode.name);
  }
}

function setLive(text, tone) {
  write("live", text);
  byId("live-chip").dataset.tone = tone;
}

function listen() {
  const feed = new EventSource("live");
  feed.addEventListener("open", () => setLive("live", "good"));
  feed.addEventListener("error", () => setLive("not connected; trying again", "bad"));
  feed.addEventListener("history", event => {
    const { samples, episodes } = JSON.parse(event.data);
    byId("episodes").replaceChildren();
    charts.clear();
    episodes.forEach(addEpisode);
    samples.forEach(sample => charts.add(sample));
    if (samples.length > 0) {
      show(samples[samples.length - 1]);
    }

    charts.draw();
  });
  feed.addEventListener("sample", event => {
    const sample = JSON.parse(event.data);
    charts.add(sample);
    show(sample);
    charts.draw();
  });
  feed.addEventListener("episode", event => addEpisode(JSON.parse(event.data)));
}

startActs();
listen();
