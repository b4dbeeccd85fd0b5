// Matrix shows the rows of a list that match the search as a table of resources and users.
class Matrix {
  constructor(list) {
    this.list = list;
    // By the names of the resources, or by the number of ways in of a user.
    this.order = { user: null, descending: false };
    this.place = element("matrix");
  }

  // complete reports whether all rows of the list are in the matrix.
  get complete() { return !this.place.hidden && this.list.shown.length === this.list.size; }

  // groupBy groups the rows by the cells of a column, in the order of their texts.
  groupBy(column) {
    const { rows } = this.list.columns[column];
    const ranks = this.list.ranks(column);
    const groups = new Map();
    for (const row of [...this.list.shown].sort((a, b) => ranks[rows[a]] - ranks[rows[b]] || a - b)) {
      if (!groups.has(rows[row])) groups.set(rows[row], []);
      groups.get(rows[row]).push(row);
    }
    return groups;
  }

  heading(content, user) {
    const sorter = button("", () => {
      // The first click shows the resources with the most ways in first.
      this.order = { user, descending: current ? !this.order.descending : user !== null };
      this.render();
    });
    sorter.replaceChildren(content);
    const header = create("th", sorter);
    header.scope = "col";
    const current = this.order.user === user;
    header.ariaSort = !current ? "none" : this.order.descending ? "descending" : "ascending";
    return header;
  }

  // resources returns the groups of rows by resource in the chosen order.
  resources() {
    const { user, descending } = this.order;
    const groups = [...this.groupBy(1)];
    const users = this.list.columns[0].rows;
    const counts = new Map(groups.map(([resource, rows]) => [resource, rows.filter((row) => users[row] === user).length]));
    if (user === null) return descending ? groups.reverse() : groups;
    return groups.sort(([a], [b]) => (descending ? -1 : 1) * (counts.get(a) - counts.get(b)));
  }

  render() {
    const users = this.groupBy(0), resources = this.resources();
    const cells = users.size * resources.length;
    this.place.hidden = cells > maxCells;
    element("too-large").hidden = cells <= maxCells;
    if (cells > maxCells) {
      element("too-large").textContent = `A matrix of ${users.size} users and ${resources.length} resources is too large to show. Search for some of them.`;
      return;
    }
    const [userColumn, resourceColumn] = this.list.columns;
    const head = create("tr", this.heading(create("span", "Resource"), null));
    for (const user of users.keys()) head.append(this.heading(fill(create("span"), userColumn.cells[user]), user));
    const lines = create("tbody");
    for (const [resource, rows] of resources) {
      const name = fill(create("th"), resourceColumn.cells[resource]);
      name.scope = "row";
      const line = create("tr", name);
      for (const user of users.keys()) {
        line.append(create("td", ...rows.filter((row) => userColumn.rows[row] === user).flatMap((row) => [this.way(row), " "])));
      }
      lines.append(line);
    }
    this.place.replaceChildren(create("table", create("thead", head), lines));
  }

  way(row) {
    const entry = create("div");
    entry.className = "way";
    for (const column of [2, 3, 4]) {
      if (column > 2) entry.append(" ");
      fill(entry, this.list.cell(row, column));
    }
    return entry;
  }
}

const maxCells = 20000; // the largest matrix that a browser shows without delay
