// What the pages need beside htmx: to keep what is being filled in or clicked, and to say when nothing comes any more.
const show = (id, on) => {
  const element = document.getElementById(id);
  if (element) element.hidden = !on;
};

const mostSkipped = 3; // a pointer that rests on a button does not stop the page for good
let skipped = 0;

document.addEventListener("htmx:before:request", (event) => {
  const typing = document.activeElement?.matches("#live :is(input, select, textarea)");
  const held = Boolean(document.querySelector("#live details.act[open]")) || typing;
  const pointing = document.querySelector("#live :is(button, summary):hover") && skipped < mostSkipped;

  show("held", held);
  skipped = pointing ? skipped + 1 : 0;
  if (held || pointing || document.hidden) event.preventDefault();
});

document.addEventListener("htmx:error", () => show("away", true));

document.addEventListener("htmx:response:error", (event) => {
  show(event.detail?.ctx?.response?.status === 401 ? "ended" : "away", true);
});

document.addEventListener("htmx:before:swap", (event) => {
  const status = event.detail?.ctx?.response?.status;
  if (status === 200) show("away", false);
  if (status >= 400) event.preventDefault();
});
