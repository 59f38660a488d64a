// Quietly better: times in the zone of whoever reads, with its name; the time in UTC stays as what a pointer over it shows.
"use strict";

const asked = document.documentElement.lang;
const language = asked === "en" ? "en-GB" : asked;
const days = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const dates = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const hours = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

for (const said of document.querySelectorAll("time[data-said]")) {
  const at = new Date(said.dateTime);
  said.title = said.textContent;
  said.textContent = said.dataset.said === "day" ? days.format(at) : `${dates.format(at)}, ${hours.format(at)}`;
}
