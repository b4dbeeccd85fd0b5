"use strict";
// The page contains the complete list, so it can be read and printed without this
// script. The script never parses text of a report as markup: it compares texts, and
// clones elements of the list into the matrix.
(() => {
  const maxCells = 20000; // the largest matrix that a browser shows without delay
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const element = (id) => document.getElementById(id);
  const body = element("list").tBodies[0];
  const headers = [...element("list").tHead.rows[0].cells];
  const ways = [...body.rows].map((row, order) => ({
    row, order, cells: [...row.cells].map((cell) => cell.textContent.trim()),
    // Two users or resources are the same only if their cells are equal, including badges.
    keys: [...row.cells].slice(0, 2).map((cell) => cell.innerHTML),
  }));
  for (const way of ways) way.text = way.cells.join("\n").toLowerCase();
  let shown = ways;
  // The order of the matrix: by the names of resources, or by the number of ways in of
  // one user.
  let matrixOrder = { user: null, descending: false };

  function search() {
    const words = element("search").value.normalize("NFC").toLowerCase().split(/\s+/).filter(Boolean);
    shown = ways.filter((way) => {
      const hit = words.every((word) => way.text.includes(word));
      way.row.hidden = !hit;
      return hit;
    });
    element("count").value = `${shown.length} of ${ways.length}`;
    show();
  }

  function sort(column) {
    const descending = headers[column].ariaSort === "ascending";
    headers.forEach((header, i) => { header.ariaSort = i !== column ? "none" : descending ? "descending" : "ascending"; });
    const sign = descending ? -1 : 1;
    ways.sort((a, b) => sign * collator.compare(a.cells[column], b.cells[column]) || a.order - b.order);
    shown = ways.filter((way) => !way.row.hidden);
    body.append(...ways.map((way) => way.row));
  }

  const create = (name, ...children) => {
    const made = document.createElement(name);
    made.append(...children);
    return made;
  };
  const cloned = (cell) => [...cell.childNodes].map((node) => node.cloneNode(true));

  function heading(cell, order) {
    const button = create("button", ...cloned(cell));
    button.type = "button";
    const header = create("th", button);
    header.scope = "col";
    const current = matrixOrder.user === order.user;
    header.ariaSort = !current ? "none" : matrixOrder.descending ? "descending" : "ascending";
    button.addEventListener("click", () => {
      // The first click shows the resources with the most ways in first.
      matrixOrder = { user: order.user, descending: current ? !matrixOrder.descending : order.user !== null };
      matrix();
    });
    return header;
  }

  // groupBy groups ways by a column, in the order of its texts.
  function groupBy(column) {
    const groups = new Map();
    for (const way of [...shown].sort((a, b) => collator.compare(a.cells[column], b.cells[column]) || a.order - b.order)) {
      const key = way.keys[column];
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(way);
    }
    return groups;
  }

  function matrix() {
    const users = groupBy(0), resources = groupBy(1);
    const cells = users.size * resources.size;
    element("too-large").hidden = cells <= maxCells;
    element("matrix").hidden = cells > maxCells;
    if (cells > maxCells) {
      element("too-large").textContent = `A matrix of ${users.size} users and ${resources.size} resources is too large to show. Search for some of them.`;
      return;
    }
    const label = document.createElement("span");
    label.textContent = "Resource";
    const holder = create("span", label);
    const head = create("tr", heading(holder, { user: null }));
    for (const [user, [first]] of users) head.append(heading(first.row.cells[0], { user }));
    const sign = matrixOrder.descending ? -1 : 1;
    const count = (list) => list.filter((way) => way.keys[0] === matrixOrder.user).length;
    const lines = [...resources];
    lines.sort(([, inA], [, inB]) => matrixOrder.user === null
      ? sign * collator.compare(inA[0].cells[1], inB[0].cells[1])
      : sign * (count(inA) - count(inB)) || collator.compare(inA[0].cells[1], inB[0].cells[1]));
    const table = create("table", create("thead", head));
    const rows = create("tbody");
    for (const [, list] of lines) {
      const name = create("th", ...cloned(list[0].row.cells[1]));
      name.scope = "row";
      const line = create("tr", name);
      for (const user of users.keys()) {
        const cell = create("td");
        for (const way of list.filter((way) => way.keys[0] === user)) {
          const [, , account, privileges, conditions] = way.row.cells;
          const entry = create("div", ...cloned(account), " ", ...cloned(privileges), " ", ...cloned(conditions));
          entry.className = "way";
          cell.append(entry);
        }
        line.append(cell);
      }
      rows.append(line);
    }
    table.append(rows);
    element("matrix").replaceChildren(table);
  }

  function show() {
    const asMatrix = document.querySelector("[name=view]:checked").value === "matrix";
    element("list").hidden = asMatrix;
    element("matrix").hidden = !asMatrix;
    element("too-large").hidden = true;
    element("no-match").hidden = shown.length > 0;
    if (asMatrix) matrix();
  }

  headers.forEach((header, column) => header.firstChild.addEventListener("click", () => sort(column)));
  element("search").addEventListener("input", search);
  element("search").form.addEventListener("submit", (event) => event.preventDefault());
  for (const radio of document.getElementsByName("view")) radio.addEventListener("change", show);
  // Browsers keep the content of a form when a page is reloaded.
  search();
})();
