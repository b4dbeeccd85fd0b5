{
  const lists = JSON.parse(element("data").textContent).map((data) => new List(data));
  const rows = lists.find((list) => list.table.id === "list");
  const matrix = rows && new Matrix(rows);
  const field = element("search");

  // showView shows the rows as a list or as a matrix.
  const asMatrix = () => document.querySelector("[name=view]:checked")?.value === "matrix";
  function showView() {
    if (!rows) return;
    rows.container.hidden = asMatrix();
    element("matrix").hidden = !asMatrix();
    element("too-large").hidden = true;
    element("no-match").hidden = rows.shown.length > 0;
    if (asMatrix()) matrix.render();
  }

  function search() {
    const words = field.value.normalize("NFC").toLowerCase().split(/\s+/).filter(Boolean);
    for (const list of lists) list.search(words);
    if (rows) element("count").value = `${number(rows.shown.length)} of ${number(rows.size)}`;
    showView();
  }

  field.addEventListener("input", search);
  for (const form of document.forms) form.addEventListener("submit", (event) => event.preventDefault());
  for (const radio of document.getElementsByName("view")) radio.addEventListener("change", showView);

  // The search of the browser does not find rows that are not elements. That it finds
  // nothing would look as if there were no access.
  addEventListener("keydown", (event) => {
    const finds = event.key === "F3" || (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "f";
    const complete = lists.every((list) => list === rows && asMatrix() ? matrix.complete : list.complete);
    if (!finds || complete) return;
    event.preventDefault();
    element("find").hidden = false;
    field.focus();
    field.select();
  });

  // All rows are printed, whatever is shown.
  let printing = false;
  function print(starts) {
    if (printing === starts) return;
    printing = starts;
    for (const list of lists) starts ? list.showAll() : list.render();
  }
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  matchMedia("print").addEventListener("change", ({ matches }) => print(matches));

  // Browsers keep the content of a form when a page is reloaded.
  search();
}
