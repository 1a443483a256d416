// What the pages need beside htmx: to say when nothing comes any more, and to keep what is being filled in.
document.addEventListener("htmx:before:request", (event) => {
  const open = document.querySelector("#live details.act[open], #live details.keep[open]");
  const typing = document.activeElement && document.activeElement.closest("#live form") &&
    document.activeElement.matches("input, select, textarea");
  if (open || typing || document.hidden) event.preventDefault();
});

const show = (id, on) => {
  const element = document.getElementById(id);
  if (element) element.hidden = !on;
};

document.addEventListener("htmx:error", () => show("away", true));
document.addEventListener("htmx:response:error", (event) => {
  const status = event.detail?.ctx?.response?.status;
  show(status === 401 ? "ended" : "away", true);
});
document.addEventListener("htmx:before:swap", (event) => {
  const status = event.detail?.ctx?.response?.status;
  if (status === 200) show("away", false);
  if (status >= 400) event.preventDefault();
});
