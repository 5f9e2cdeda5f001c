// What the pages do better with a script; all of them work without.
"use strict";

// "2 hours ago" in place of a date, and the reader's own time in place of UTC.
const nearness = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const steps = [["year", 31536000], ["month", 2592000, 2], ["day", 86400], ["hour", 3600], ["minute", 60]];
const distance = (date) => {
  const seconds = (date - Date.now()) / 1000;
  for (const [unit, length, least = 1] of steps) {
    if (Math.abs(seconds) >= length * least) return nearness.format(Math.trunc(seconds / length), unit);
  }
  return seconds > 0 ? "in a moment" : "just now";
};
const full = { dateStyle: "medium", timeStyle: "short" };
const tellTimes = () => {
  for (const time of document.querySelectorAll("time[data-distance], time[data-local]")) {
    const date = new Date(time.dateTime);
    const local = date.toLocaleString("en-GB", full);
    time.title = time.title || time.textContent;
    time.textContent = "distance" in time.dataset ? distance(date) : local;
  }
};
tellTimes();
setInterval(tellTimes, 60000);

// A button that copies what stands beside it.
const said = document.createElement("p");
said.className = "unseen";
said.setAttribute("role", "status");
document.body.append(said);
const copy = async (text, button) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers give the clipboard to secure pages only; elsewhere the old way still works.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = "Copied";
  said.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2500);
};
for (const source of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${source.dataset.copy}`);
  button.addEventListener("click", () => copy(source.textContent, button));
  source.after(button);
}

// All boxes of a list at once. Without a script the link loads the page again, with its boxes checked.
for (const link of document.querySelectorAll("[data-select]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const boxes = [...link.closest("form").querySelectorAll(`input[name="${link.dataset.select}"]`)];
    const all = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = all;
    link.textContent = all ? "Select none" : "Select all on this page";
    said.textContent = all ? `${boxes.length} selected` : "None selected";
  });
}

// A section that changes while it is looked at is fetched again every three seconds, for twenty minutes.
const renewed = document.querySelector("[data-refresh]");
if (renewed) {
  const end = Date.now() + 1200000;
  let shown = "";
  const refresh = async () => {
    try {
      if (!document.hidden) {
        const answer = await fetch(location.href, { redirect: "manual", signal: AbortSignal.timeout(10000) });
        // Signed out, or the token is gone.
        if (answer.type === "opaqueredirect" || answer.status === 404) return;
        const fresh = answer.ok &&
          new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(renewed.id);
        // The pause is over.
        if (answer.ok && !fresh) return location.replace(location.pathname);
        if (fresh && fresh.innerHTML !== shown) {
          shown = fresh.innerHTML;
          if (!renewed.contains(document.activeElement)) {
            renewed.replaceChildren(...fresh.childNodes);
            tellTimes();
          } else shown = "";
        }
      }
    } catch {
      // Out of reach for a moment.
    }
    if (Date.now() < end) setTimeout(refresh, 3000);
  };
  setTimeout(refresh, 3000);
}

// What is wrong with a form is read out first.
document.querySelector("[data-focus]")?.focus();

// What a new token's first use looked like: asked every two seconds, one request at a time, for ten minutes.
const watched = document.querySelector("[data-watch]");
if (watched) {
  const end = Date.now() + 600000;
  const tell = (words, look = "") => {
    // Only a change is read out.
    if (watched.textContent === words) return;
    watched.className = `seen ${look}`;
    watched.textContent = words;
  };
  const ask = async () => {
    try {
      const answer = await fetch(watched.dataset.watch, { redirect: "manual", signal: AbortSignal.timeout(10000) });
      // Signed out, or the token is gone.
      if (answer.type === "opaqueredirect" || answer.status === 404) return tell("");
      const { seen } = answer.ok ? await answer.json() : { seen: null };
      if (seen) tell(seen.sentence, seen.works ? "works" : "refused");
      if (seen?.works) return;
    } catch {
      // Out of reach for a moment.
    }
    if (Date.now() < end) setTimeout(ask, 2000);
    else if (!watched.classList.contains("refused")) tell("Not seen within ten minutes.");
  };
  tell("Waiting for its first use…");
  setTimeout(ask, 2000);
}

// A page that shows a secret forgets it when it is left, so that "back" cannot bring it again.
if (document.querySelector("[data-once]")) {
  addEventListener("pagehide", () => {
    for (const place of document.querySelectorAll("[data-once]")) place.remove();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
